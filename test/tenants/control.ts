import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { loadConfig } from '../../src/config.ts'
import { composeControl } from '../../src/control/compose.ts'
import { createLog } from '../../src/observe/log.ts'
import { createRedact } from '../../src/observe/redact.ts'
import { Secret } from '../../src/secret.ts'
import type { Json } from '../product.ts'
import type { Stores } from '../stores.ts'

export type Answer = {
  readonly status: number
  readonly code: string | null
  readonly text: string
  readonly body: Json
}
export type Running = Awaited<ReturnType<typeof startControl>>

/** Control as it is composed, on a port of its own, with a clock that can be put forward. */
export async function startControl({ newPlace }: Pick<Stores, 'newPlace'>) {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'ostiary-rights-'))
  const place = await newPlace()
  const operator = randomBytes(32).toString('base64url')
  const env = {
    OSTIARY_DATA_DIR: dataDir,
    OSTIARY_BOOTSTRAP_TOKEN: operator,
    OSTIARY_MASTER_KEY: randomBytes(32).toString('base64'),
    OSTIARY_TRUSTED_PROXIES: '127.0.0.1/32',
    ...(place.kind === 'postgres' ? { OSTIARY_DATABASE_URL: place.url } : {}),
  }
  const loaded = loadConfig({ flags: {}, env, readFile: () => '' })
  if (!loaded.ok) throw new Error(loaded.message)
  let [aheadMs, calls] = [0, 0]
  const failures: string[] = []
  const control = await composeControl({
    config: { ...loaded.value, control: { ...loaded.value.control, port: 0 } },
    now: () => Date.now() + aheadMs,
    monotonic: () => performance.now(),
    randomBytes,
    log: createLog({
      level: 'error',
      write: (line) => void (isOver(line) && failures.push(line)),
      redact: createRedact([]),
    }),
    // It never attaches; where it would be is what child tokens are for.
    embeddedGateways: [{ name: 'embedded', token: new Secret(randomBytes(32).toString('base64url')) }],
  })
  const { url } = await control.listen()

  /** Each from an address of its own: how often one may guess is not what is asked here. */
  const send = async (line: string, headers: Readonly<Record<string, string>>, body?: object): Promise<Response> => {
    calls += 1
    const [method = '', where = ''] = line.split(' ')
    return fetch(`${url}/api/v1${where}`, {
      method,
      redirect: 'manual',
      headers: {
        'x-forwarded-for': `10.${calls % 251}.${Math.floor(calls / 251) % 251}.1`,
        ...headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  }
  const readOf = async (answer: Response): Promise<Answer> => {
    const text = await answer.text()
    const isJson =
      answer.headers.get('content-type')?.includes('json') && !answer.headers.get('content-type')?.includes('ndjson')
    const read: Json = isJson ? JSON.parse(text) : null
    return { status: answer.status, code: answer.ok ? null : read.code, text, body: read }
  }
  const ask = async (token: string | null, line: string, body?: object): Promise<Answer> =>
    readOf(await send(line, token === null ? {} : { authorization: `Bearer ${token}` }, body))
  return {
    url,
    send,
    readOf,
    operator,
    failures,
    ask,
    /** The answer of a call that has to succeed. */
    done: async (token: string | null, line: string, body?: object): Promise<Json> => {
      const answer = await ask(token, line, body)
      if (answer.code !== null) throw new Error(`${line} answered ${answer.status}: ${answer.text}`)
      return answer.body
    },
    forward: (ms: number): void => {
      aheadMs += ms
    },
    stop: async (): Promise<void> => {
      await control.drain(0)
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** What a busy machine could not do in time is done later, as its line says. */
const isOver = (line: string): boolean => !/tried again|trying again/.test(line)
