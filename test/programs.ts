import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of the repository, with a slash at its end. */
export const root = fileURLToPath(new URL('../', import.meta.url))

export type Program = {
  readonly pid: number
  /** Everything it wrote so far, both outputs. */
  readonly output: () => string
  /** Resolves with the first match in the output, fails when the program ends or the time is over. */
  readonly says: (pattern: RegExp, timeoutMs?: number) => Promise<RegExpExecArray>
  readonly ended: Promise<number | null>
  readonly kill: (signal?: NodeJS.Signals) => void
  /** SIGTERM, and SIGKILL when that was not enough. */
  readonly stop: (graceMs?: number) => Promise<number | null>
  readonly child: ChildProcess
}

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Programs that run under the Node that runs us: the one on the path may be too old for them. */
export const nodeEnvironment = (more: Record<string, string> = {}): NodeJS.ProcessEnv => {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(OSTIARY_|NODE_OPTIONS|VITEST|NODE_ENV)/.test(name),
  )
  return {
    ...Object.fromEntries(inherited),
    PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
    ...more,
  }
}

export type Channels = {
  /** Only for programs of ours that speak over it; it also tells them when we are gone. */
  readonly ipc?: boolean
  /** Its output goes nowhere: reading it would cost the processor that is being measured. */
  readonly quiet?: boolean
}

export function startNode(args: readonly string[], env: Record<string, string> = {}, channels: Channels = {}): Program {
  const output = channels.quiet ? 'ignore' : 'pipe'
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: nodeEnvironment(env),
    stdio: ['ignore', output, output, ...(channels.ipc ? (['ipc'] as const) : [])],
  })
  return watch(child)
}

function watch(child: ChildProcess): Program {
  running.add(child)
  let output = ''
  const listeners = new Set<() => void>()
  const hear = (chunk: Buffer) => {
    output += chunk
    for (const listener of listeners) listener()
  }
  child.stdout?.on('data', hear)
  child.stderr?.on('data', hear)
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child)
    for (const listener of listeners) listener()
    return code as number | null
  })
  const kill = (signal: NodeJS.Signals = 'SIGKILL') => void child.kill(signal)
  const says = (pattern: RegExp, timeoutMs = 60_000) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const fail = (why: string) => {
        clearTimeout(timer)
        listeners.delete(look)
        reject(new Error(`${why} before it said ${pattern}:\n${output.slice(-4000)}`))
      }
      const look = () => {
        const found = pattern.exec(output)
        if (!found) return child.exitCode === null && child.signalCode === null ? undefined : fail('The program ended')
        clearTimeout(timer)
        listeners.delete(look)
        resolve(found)
      }
      const timer = setTimeout(() => fail(`${timeoutMs} ms were over`), timeoutMs)
      listeners.add(look)
      look()
    })
  const stop = async (graceMs = 10_000) => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
    const code = await ended
    clearTimeout(timer)
    return code
  }
  return { pid: child.pid ?? -1, output: () => output, says, ended, kill, stop, child }
}

/** Ports that were free a moment ago. Whoever uses them must be ready to hear that one is taken by now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1')
      await once(server, 'listening')
      return server
    }),
  )
  const ports = servers.map((server) => {
    const address = server.address()
    return typeof address === 'object' && address ? address.port : 0
  })
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))))
  return ports
}

/** A program on a port of its own, which it is told; on another one where somebody took the first meanwhile. */
export async function startListening(start: (port: number) => Program, url: (port: number) => string, what: string) {
  for (let attempt = 1; ; attempt += 1) {
    const [port = 0] = await freePorts(1)
    const program = start(port)
    const answers = () => {
      if (program.child.exitCode !== null) throw new Error(`It ended before ${what}:\n${program.output().slice(-4000)}`)
      return fetch(url(port), { method: 'HEAD' }).then(
        () => true,
        () => false,
      )
    }
    try {
      await eventually(answers, what)
      return { port, program }
    } catch (error) {
      await program.stop(2000)
      if (attempt === 3 || !/EADDRINUSE/.test(program.output())) throw error
    }
  }
}

/** Asks until the answer is not null; the pause between two questions is real time, because the other side's is. */
export async function eventually<T>(
  ask: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  what: string,
  timeoutMs = 60_000,
): Promise<T> {
  const end = performance.now() + timeoutMs
  for (;;) {
    const answer = await ask()
    if (answer) return answer
    if (performance.now() > end) throw new Error(`${timeoutMs} ms were over before: ${what}`)
    await new Promise((done) => setTimeout(done, 20))
  }
}
