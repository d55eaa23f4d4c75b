import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import { dashboardRoutes } from './routes.ts'

const folders: string[] = []
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true })
})

async function built(files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ostiary-built-'))
  folders.push(folder)
  await mkdir(path.join(folder, 'assets'))
  for (const [name, bytes] of Object.entries(files)) await writeFile(path.join(folder, name), bytes)
  return folder
}

const page =
  '<meta name="style-nonce" content="{{nonce}}"><script type="module" src="/dashboard/assets/main.js"></script>'
const script = 'console.log("dashboard")'
const whole = {
  'index.html': page,
  'secret.txt': 'not an asset',
  'assets/main.js': script,
  'assets/main.js.gz': gzipSync(script),
  'assets/main.js.map': '{}',
}

async function openAt(folder: string) {
  const routes = await dashboardRoutes({ folder, randomBytes })
  return async (pattern: string, given: { name?: string; accepts?: string } = {}) => {
    const route = routes.find((one) => one.path === pattern)
    if (!route) throw new Error(`there is no ${pattern}`)
    const headers = given.accepts === undefined ? {} : { 'accept-encoding': given.accepts }
    const call = { params: { name: given.name }, stream: { headers }, requestId: 'req_1' }
    const { status, headers: said, body } = await route.answer(call as never)
    return { status, headers: said, text: typeof body === 'string' ? body : Buffer.from(body as Uint8Array).toString() }
  }
}

test('every address of the dashboard answers the one page, under a policy that takes nothing from elsewhere', async () => {
  const ask = await openAt(await built(whole))
  const { status, headers, text } = await ask('/dashboard/*')
  const policy = String(headers['content-security-policy'])
  expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
  const [, nonce = ''] = /content="([\w-]{24})"/.exec(text) ?? []
  expect(policy).toContain(`style-src 'self' 'nonce-${nonce}'`)
  for (const rule of [
    "default-src 'none'",
    "script-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ])
    expect(policy.split('; ')).toContain(rule)
  expect(policy).not.toMatch(/unsafe|\*|https?:/)
  expect((await ask('/dashboard/*')).text).not.toBe(text)
  for (const bare of ['/', '/dashboard']) expect((await ask(bare)).headers['location']).toBe('/dashboard/')
  expect((await ask('/account')).headers['location']).toBe('/dashboard/account')
})

test('a file is kept for ever under its name, in the coding that the browser takes', async () => {
  const ask = await openAt(await built(whole))
  const of = (accepts?: string) =>
    ask('/dashboard/assets/:name', { name: 'main.js', ...(accepts === undefined ? {} : { accepts }) })
  const plain = await of()
  expect([plain.status, plain.text]).toEqual([200, script])
  expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable')
  expect((await of('gzip, deflate, br')).headers['content-encoding']).toBe('gzip')
  for (const other of ['gzip;q=0', 'gzip; q=0.0, br', 'identity', 'xgzip'])
    expect((await of(other)).headers['content-encoding'], other).toBeUndefined()
})

test('no name reaches another file: neither beside the assets nor of an unknown kind', async () => {
  const ask = await openAt(await built(whole))
  for (const name of [
    '../index.html',
    '../secret.txt',
    '..%2fsecret.txt',
    'main.js.map',
    'main.js.gz',
    '',
    '__proto__',
    'constructor',
  ])
    expect((await ask('/dashboard/assets/:name', { name })).status, name).toBe(404)
})

test('where it was not built it says so, and how to build it', async () => {
  const ask = await openAt(path.join(tmpdir(), 'ostiary-nothing-here'))
  const { status, text } = await ask('/dashboard/*')
  expect(status).toBe(503)
  expect(text).toContain('npm run dashboard')
  expect((await ask('/dashboard/assets/:name', { name: 'main.js' })).status).toBe(404)
})
