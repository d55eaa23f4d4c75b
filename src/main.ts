import { randomBytes } from 'node:crypto'
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import manifest from '../package.json' with { type: 'json' }
import type { createAsk } from './cli/ask.ts'
import type { createProgress } from './cli/progress.ts'
import type { Terminal } from './cli/terminal.ts'
import type { Config, Environment, Sources } from './config.ts'
import type { Log } from './observe/log.ts'
import type { Secret } from './secret.ts'
import type { Part } from './serve/child.ts'
import type { Role, StartControl, StartGateway } from './serve/messages.ts'

// Stripped and compiled code is kept beside the packages, so that the second start takes half the time.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/ostiary', import.meta.url)))

const now = (): number => Date.now()
const monotonic = (): number => performance.now()
const tell = (text: string): void => void process.stderr.write(text)
const after = (ms: number, run: () => void): (() => void) => {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}
// A reader that has gone away (`ostiary serve | head`) is no reason to stop serving.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

type Flags = Readonly<Record<string, unknown>>

async function configure(flags: Flags, opens: NonNullable<Sources['opens']>): Promise<Config> {
  const { environment, loadConfig } = await import('./config.ts')
  const loaded = loadConfig({ flags, env: environment(), readFile: (path) => readFileSync(path, 'utf8'), opens })
  if (loaded.ok) return loaded.value
  tell(`ostiary: ${loaded.message}\n`)
  process.exit(1)
}

/** `alsoHide`: what this process learns after its start. */
type HidingLog = { readonly log: Log; readonly alsoHide: (secret: Secret) => void }

async function openLog(config: Config, fields: object): Promise<HidingLog> {
  const [{ createLog }, { createRedact }, { createSink }] = await Promise.all([
    import('./observe/log.ts'),
    import('./observe/redact.ts'),
    import('./observe/sink.ts'),
  ])
  const sink = createSink({ fd: 1, later: setImmediate, retry: (run) => setTimeout(run, 10).unref() })
  const { bootstrapToken, masterKey, databaseUrl, smtpUrl, githubWebhookSecret, githubToken } = config
  const hidden = [bootstrapToken, masterKey, databaseUrl, smtpUrl, githubWebhookSecret, githubToken]
  let redact = createRedact(hidden)
  const { logLevel: level } = config
  const log = createLog({ level, write: sink.write, redact: (text) => redact(text) }).child({ ...fields })
  process.on('exit', sink.flush)
  process.on('uncaughtException', (error) => {
    // Through the log, because a stack on stderr would pass by the redaction.
    log.error({ error }, 'unexpected error, the process ends')
    process.exit(1)
  })
  const alsoHide = (secret: Secret): void => {
    redact = createRedact([...hidden, secret])
  }
  return { log, alsoHide }
}

type Start = Pick<StartControl, 'gateways' | 'port'> | null

// Who supervises this process starts it anew; the log has said why.
const onStoreDied = (): void => process.exit(1)

async function composeControl(config: Config, log: Log, start: Start, degraded: () => string | null): Promise<Part> {
  const [{ composeControl: compose }, { Secret }] = await Promise.all([
    import('./control/compose.ts'),
    import('./secret.ts'),
  ])
  const embeddedGateways = (start?.gateways ?? []).map(({ name, token }) => ({
    name,
    token: new Secret(token, 'gateway token'),
  }))
  const control = { ...config.control, port: start?.port ?? config.control.port }
  const world = { config: { ...config, control }, embeddedGateways, degraded, onStoreDied }
  return compose({ ...world, now, monotonic, randomBytes, log })
}

async function composeGateway(
  config: Config,
  log: Log,
  feed: { url: string; token: string; trust?: () => string },
  start: Pick<StartGateway, 'port' | 'name' | 'sharing'> | null,
  degraded: () => string | null,
): Promise<Part> {
  const [{ composeGateway: compose }, { Secret }] = await Promise.all([
    import('./gateway/compose.ts'),
    import('./secret.ts'),
  ])
  const gateway = { ...config.gateway, port: start?.port ?? config.gateway.port }
  const token = new Secret(feed.token, 'gateway token')
  const world = { config: { ...config, gateway }, feed: { ...feed, token } }
  const place = start === null ? {} : { name: start.name, sharing: start.sharing }
  // Under `serve` servers on this machine are its owner's own.
  return compose({ ...world, ...place, now, monotonic, randomBytes, log, degraded, loopback: start !== null })
}

async function runServe(flags: Flags, args: readonly string[]): Promise<number> {
  const config = await configure(flags, ['gateway', 'control'])
  const [{ serve }, { environment }] = await Promise.all([import('./serve.ts'), import('./config.ts')])
  const { log } = await openLog(config, { process: 'serve' })
  const entry = fileURLToPath(import.meta.url)
  const world = { config, version: manifest.version, entry, flags: args, env: environment(), process, log }
  return serve({ ...world, tell, monotonic, randomBytes })
}

async function runControl(flags: Flags): Promise<number> {
  const config = await configure(flags, ['control'])
  if (config.masterKey === null && config.databaseUrl !== null) {
    tell('ostiary: OSTIARY_MASTER_KEY is needed with OSTIARY_DATABASE_URL (make one with: openssl rand -base64 32).\n')
    return 1
  }
  const { log } = await openLog(config, { process: 'control' })
  const { runApart } = await import('./serve/apart.ts')
  const compose = () => composeControl(config, log, null, () => null)
  return runApart({ role: 'control', config, compose, process, log, tell, monotonic })
}

async function runGateway(flags: Flags): Promise<number> {
  const config = await configure(flags, ['gateway'])
  if (config.controlUrl === null) {
    tell('ostiary: OSTIARY_CONTROL_URL is not set: a gateway on its own needs to know where control is.\n')
    return 1
  }
  const { log } = await openLog(config, { process: 'gateway' })
  const [{ runApart }, { gatewayToken }] = await Promise.all([
    import('./serve/apart.ts'),
    import('./serve/enrolment.ts'),
  ])
  const { controlUrl } = config
  const compose = async () => {
    const enrolled = gatewayToken(config)
    if (!enrolled.ok) throw new Error(enrolled.message)
    return composeGateway(config, log, { url: controlUrl, token: enrolled.token.reveal() }, null, () => null)
  }
  return runApart({ role: 'gateway', config, compose, process, log, tell, monotonic })
}

/** One of the two children of `serve`. Loads its code while it waits for the word to start. */
async function runChildOf(role: Role, flags: Flags): Promise<number> {
  const config = await configure(flags, [role])
  const [{ runChild }, { ignoreStop }, { Secret }] = await Promise.all([
    import('./serve/child.ts'),
    import('./serve/signals.ts'),
    import('./secret.ts'),
  ])
  ignoreStop(process)
  const { log, alsoHide } = await openLog(config, { process: role })
  const exit = (code: number): void => process.exit(code)
  // Control on this machine shows what is in this file, and its sibling reaches it under no name that is in there.
  const { tls } = config.control
  const trust = tls && { trust: () => readFileSync(tls.cert, 'utf8') }
  const compose = (start: StartControl | StartGateway, degraded: () => string | null): Promise<Part> => {
    if (start.role === 'control') return composeControl(config, log, start, degraded)
    if (start.bootstrapToken !== null) alsoHide(new Secret(start.bootstrapToken, 'bootstrap token'))
    const feed = { url: start.feedUrl, token: start.gatewayToken, ...trust }
    return composeGateway(config, log, feed, start, degraded)
  }
  const channel = {
    send: (message: unknown) => {
      if (process.connected) process.send?.(message, undefined, undefined, () => {})
    },
    onMessage: (listener: (message: unknown) => void) => process.on('message', listener),
    onClose: (listener: () => void) => process.on('disconnect', listener),
  }
  runChild(role, { channel, compose, exit, after, log })
  void (role === 'control' ? import('./control/compose.ts') : import('./gateway/compose.ts'))
  return new Promise(() => {})
}

const terminal = (env: Environment, progress: typeof createProgress, ask: typeof createAsk): Terminal => ({
  env,
  readFile: (path) => readFileSync(path, 'utf8'),
  createFile: (path) => {
    const file = openSync(path, 'wx', 0o600)
    return { write: (text) => void writeSync(file, text), close: () => closeSync(file) }
  },
  gatewayAudit: async (query) => (await import('./host/gateway-audit.ts')).gatewayAudit(query),
  recover: async (query) => (await import('./host/recover.ts')).recover({ now, randomBytes })(query),
  stdin: async () => {
    const { text } = await import('node:stream/consumers')
    return text(process.stdin)
  },
  out: (text) => void process.stdout.write(text),
  err: tell,
  progress: progress(process.stderr, tell),
  ask: ask(process.stdin, process.stderr),
  fetch,
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  now,
})

async function build(): Promise<{ program: Command; code: () => number }> {
  const [
    { Command: Program },
    { addCommands },
    { createProgress: progress },
    { createAsk: ask },
    { settingFlags },
    { environment },
  ] = await Promise.all([
    import('commander'),
    import('./cli/commands.ts'),
    import('./cli/progress.ts'),
    import('./cli/ask.ts'),
    import('./cli/setting-flags.ts'),
    import('./config.ts'),
  ])
  let code = 0
  const program = new Program('ostiary').version(manifest.version).exitOverride()
  const role = (name: string, summary: string, run: (flags: Flags, args: string[]) => Promise<number>) =>
    settingFlags(program.command(name).description(summary)).action(async (flags: Flags) => {
      code = await run(flags, process.argv.slice(3))
    })
  role('serve', 'Run control and its gateway on this machine (what `npm start` does).', runServe)
  role('control', 'Run control alone.', runControl)
  role('gateway', 'Run a gateway alone; it needs OSTIARY_CONTROL_URL.', runGateway)
  settingFlags(program.command('child <role>', { hidden: true })).action(async (name: string, flags: Flags) => {
    code = await runChildOf(name === 'control' ? 'control' : 'gateway', flags)
  })
  addCommands(program, terminal(environment(), progress, ask), manifest.version, (result) => {
    code = result
  })
  return { program, code: () => code }
}

const { program, code } = await build()
const { runProgram } = await import('./cli/run-program.ts')
process.exitCode = await runProgram(program, process.argv, code)
// Sockets of a role that has drained may still be in the kernel's hands; the exit code is decided.
process.exit()
