import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { descendantsOf, holderOf, isAlive } from './processes.ts'
import { eventually, freePorts, type Program, startNode } from './programs.ts'

export type ProductOptions = {
  readonly store: 'sqlite' | 'postgres'
  /** Needed with `postgres`: an empty database of its own. */
  readonly databaseUrl?: string
  readonly env?: Record<string, string>
  /** Kept after `stop`; without it the product gets a fresh folder that goes with it. */
  readonly dataDir?: string
  /** To start again as the same installation. */
  readonly bootstrapToken?: string
  readonly ports?: readonly [gateway: number, control: number]
  /** No log is kept: for measurements. */
  readonly quiet?: boolean
}
export type Role = 'serve' | 'control' | 'gateway'
export type Answer = { readonly status: number; readonly headers: Headers; readonly text: string; readonly body: Json }
// biome-ignore lint/suspicious/noExplicitAny: tests read other people's JSON; a wrong guess fails the assertion
export type Json = any
export type Issued = { readonly id: string; readonly secret: string; readonly key: Json }

export type Product = {
  readonly gatewayUrl: string
  readonly controlUrl: string
  readonly bootstrapToken: string
  readonly dataDir: string
  readonly ports: readonly [gateway: number, control: number]
  readonly serve: Program
  readonly rest: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>
  /** A call on the gateway as any client would make it; `post` of a JSON-RPC message with a key. */
  readonly call: (server: string, secret: string | null, message: unknown, more?: RequestInit) => Promise<Answer>
  readonly addServer: (server: Json) => Promise<Json>
  readonly createKey: (name: string, ...servers: string[]) => Promise<Issued>
  readonly revoke: (id: string, body?: unknown) => Promise<Answer>
  readonly pids: () => Promise<Record<Role, number>>
  readonly kill: (role: Role, signal?: NodeJS.Signals) => Promise<number>
  readonly ready: (timeoutMs?: number) => Promise<void>
  readonly logs: () => string
  /** SIGTERM and wait; whatever of it still runs afterwards is killed and the folder removed. */
  readonly stop: () => Promise<number | null>
}

/** The product as a user starts it: `serve` in a process of its own with real ports and a real data directory. */
export async function startProduct(options: ProductOptions): Promise<Product> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'ostiary-')))
  const bootstrapToken = options.bootstrapToken ?? randomBytes(32).toString('base64url')
  for (let attempt = 1; ; attempt += 1) {
    const [gateway = 0, control = 0] = options.ports ?? (await freePorts(2))
    const product = assemble(options, dataDir, bootstrapToken, [gateway, control])
    try {
      await product.ready()
      return product
    } catch (error) {
      const logs = product.logs()
      await product.stop()
      // Between our look for a free port and the product's use of it another test may have taken it.
      if (attempt < 3 && !options.ports && /in use|EADDRINUSE/i.test(logs)) continue
      throw new Error(`The product did not become ready:\n${logs.slice(-6000)}`, { cause: error })
    }
  }
}

function assemble(
  options: ProductOptions,
  dataDir: string,
  bootstrapToken: string,
  ports: readonly [number, number],
): Product {
  const [gatewayPort, controlPort] = ports
  const env = {
    OSTIARY_GATEWAY_PORT: String(gatewayPort),
    OSTIARY_CONTROL_PORT: String(controlPort),
    OSTIARY_BOOTSTRAP_TOKEN: bootstrapToken,
    ...(options.databaseUrl ? { OSTIARY_DATABASE_URL: options.databaseUrl } : {}),
    ...options.env,
  }
  const serve = startNode(['src/main.ts', 'serve', '--data-dir', dataDir], env, { quiet: options.quiet ?? false })
  const gatewayUrl = `http://127.0.0.1:${gatewayPort}`
  const controlUrl = `http://127.0.0.1:${controlPort}`
  const rest: Product['rest'] = (method, path, body, headers = {}) =>
    ask(`${controlUrl}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${bootstrapToken}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  const pids = async () => ({
    serve: serve.pid,
    control: await holderOf(controlPort, serve.pid),
    gateway: await holderOf(gatewayPort, serve.pid),
  })
  return {
    gatewayUrl,
    controlUrl,
    bootstrapToken,
    dataDir,
    ports,
    serve,
    rest,
    ...callsOf(gatewayUrl, rest),
    pids,
    kill: async (role, signal = 'SIGKILL') => {
      const pid = (await pids())[role]
      process.kill(pid, signal)
      return pid
    },
    ready: async (timeoutMs = 120_000) => {
      for (const url of [controlUrl, gatewayUrl]) await becomesReady(url, serve, timeoutMs)
    },
    logs: () => serve.output(),
    stop: () => stopAll(serve, options.dataDir === undefined ? dataDir : null),
  }
}

function callsOf(
  gatewayUrl: string,
  rest: Product['rest'],
): Pick<Product, 'call' | 'addServer' | 'createKey' | 'revoke'> {
  const created = async (path: string, body: unknown) => {
    const answer = await rest('POST', path, body)
    if (answer.status !== 201) throw new Error(`POST ${path} answered ${answer.status}: ${answer.text}`)
    return answer.body
  }
  return {
    call: (server, secret, message, more = {}) =>
      ask(`${gatewayUrl}/mcp-connect/${server}`, {
        method: 'POST',
        body: JSON.stringify(message),
        ...more,
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          ...(secret === null ? {} : { authorization: `Bearer ${secret}` }),
          ...Object.fromEntries(new Headers(more.headers)),
        },
      }),
    addServer: async (server) => (await created('/servers', server)).server,
    createKey: async (name, ...servers) => {
      const mcp = { servers: servers.length > 0 ? { mode: 'only', items: servers } : { mode: 'all' } }
      const { key, secret } = await created('/keys', { name, mcp })
      return { id: key.id, secret, key }
    },
    revoke: (id, body = {}) => rest('POST', `/keys/${id}/revoke`, body),
  }
}

export async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, { redirect: 'manual', ...init })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: parsed(text) }
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

async function becomesReady(url: string, serve: Program, timeoutMs: number): Promise<void> {
  await eventually(
    () => {
      if (serve.child.exitCode !== null) throw new Error('serve ended before it was ready')
      return fetch(`${url}/readyz`).then(
        (answer) => answer.status === 200,
        () => false,
      )
    },
    `${url}/readyz answers 200`,
    timeoutMs,
  )
}

async function stopAll(serve: Program, folder: string | null): Promise<number | null> {
  const family = await descendantsOf(serve.pid)
  const code = await serve.stop(15_000)
  for (const pid of family) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
  if (folder) await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  return code
}
