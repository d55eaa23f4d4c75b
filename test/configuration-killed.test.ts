import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDesk, type Desk } from './configuration-rig.ts'
import { onEachStore } from './stores.ts'
import { type Running, startControl } from './tenants/control.ts'

const text = `apiVersion: ostiary/v1
name: killed
projects:
  - slug: live
    default: true
servers:
  - slug: docs
    project: live
    transport:
      type: http
      url: https://docs.example.com/mcp
providers:
  - slug: one
    project: live
    dialect: openai
    baseUrl: https://one.example.com/v1
    models:
      - id: m
        fallbacks:
          - two/other
      - id: other
  - slug: two
    project: live
    dialect: openai
    baseUrl: https://two.example.com/v1
    models:
      - id: m
        fallbacks:
          - one/other
      - id: other
catalogs:
  - slug: tools
    servers:
      - docs
    providers:
      - one
`

/** In front of control: kills whoever sends a change, before it has arrived or after it was done. */
type Door = {
  readonly url: string
  readonly server: Server
  kill: null | 'before' | 'after'
  victim: () => void
  changes: number
}

async function openDoor(control: string): Promise<Door> {
  const server = createServer((request, response) => void pass(request, response))
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const isChange = request.method !== 'GET'
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    if (isChange && door.kill === 'before') return door.victim()
    const { host: _host, connection: _connection, 'content-length': _length, ...headers } = request.headers
    const sent = Object.entries(headers).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value] as const] : [],
    )
    const body = chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }
    const answer = await fetch(new URL(request.url ?? '/', control), {
      method: request.method ?? 'GET',
      headers: Object.fromEntries(sent),
      ...body,
    })
    // A refusal here would be killed, too, and the next run would try the same again.
    if (isChange && !answer.ok) throw new Error(`${request.method} ${request.url}: ${await answer.text()}`)
    if (isChange) door.changes += 1
    if (isChange && door.kill === 'after') return door.victim()
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text())
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const door: Door = { url: `http://127.0.0.1:${port}`, server, kill: null, victim: () => {}, changes: 0 }
  return door
}

onEachStore('a killed apply', (_open, stores) => {
  let control: Running
  let desk: Desk
  let door: Door
  const main = path.join(import.meta.dirname, '..', 'src', 'main.ts')

  /** In a process of its own; null: it was killed. */
  const apply = async (file: string, kill: Door['kill'], ...more: string[]): Promise<number | null> => {
    const { PATH = '' } = process.env
    const child = spawn(process.execPath, [main, 'apply', '-f', file, '--yes', ...more], {
      env: { PATH, OSTIARY_URL: door.url, OSTIARY_TOKEN: control.operator },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    Object.assign(door, { kill, victim: () => child.kill('SIGKILL') })
    const [code] = await once(child, 'exit')
    return code
  }

  beforeAll(async () => {
    control = await startControl(stores)
    desk = createDesk(control)
    door = await openDoor(control.url)
  })
  afterAll(async () => {
    door.server.closeAllConnections()
    door.server.close()
    desk.remove()
    await control.stop()
  })

  /** Each run gets one call further and is killed there, until one has nothing left to do. Answers how many calls it took. */
  const creep = async (file: string, ...more: string[]): Promise<number> => {
    door.changes = 0
    // What was killed before it arrived has left nothing; once is enough to see that.
    const ways = stores.dialect === 'sqlite' ? (['before', 'after'] as const) : (['after'] as const)
    for (let runs = 0; runs < 30; runs += 1) {
      for (const kill of ways) {
        const code = await apply(file, kill, ...more)
        if (code === 0) return door.changes
        expect(code).toBeNull()
      }
    }
    throw new Error('It never came to an end')
  }

  test('kill -9 at any call leaves a state that the next apply completes, and nothing twice', {
    timeout: 240_000,
  }, async () => {
    const file = desk.write('all.yaml', text)
    // A project and that it is the default, a server, two providers and their fallbacks, a catalog.
    expect(await creep(file)).toBe(8)
    const exported = await desk.exported('--name', 'killed')
    expect(exported).toContain(text)
    expect((await desk.ostiary('apply', '-f', file, '--yes')).out).toContain('Nothing to do, 5 unchanged.')
    const { items } = await control.done(control.operator, 'GET /servers')
    expect(items.map(({ slug }: { slug: string }) => slug)).toEqual(['docs'])
    // The project stays, because it is the default one.
    const nothing = desk.write('none.yaml', 'apiVersion: ostiary/v1\nname: killed\n')
    expect(await creep(nothing, '--prune')).toBe(7)
    expect(await desk.exported('--name', 'killed')).toBe('apiVersion: ostiary/v1\nname: killed\n')
  })
})
