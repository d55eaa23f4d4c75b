import type { ChildProcess, SpawnOptions } from 'node:child_process'
import { Writable } from 'node:stream'
import type { Log } from '../../../observe/log.ts'
import { createLines } from './lines.ts'
import { withoutValues } from './redact.ts'

/**
 * The guard of design §8. `sh` forks a watcher that waits on fd 3 and becomes the command itself, in a process group
 * of its own. The gateway holds the other end of fd 3: when it is gone, by whatever signal, the read ends and the
 * watcher ends the whole group, grandchildren that ignore TERM included. Nothing has to be installed for it.
 */
const guard = '(trap "" TERM; read x <&3; kill -s TERM -- -$$; sleep 1; kill -s KILL -- -$$) & exec "$@" 3<&-'

/** What every program needs to find its files; the list that the official SDK passes on. Nothing else of ours. */
const safeNames = ['HOME', 'LANG', 'LOGNAME', 'PATH', 'SHELL', 'TERM', 'USER'] as const

const stderrKept = 4096
const forceAfterMs = 3000
const stdinCap = 64 * 1024 * 1024

export type Spawn = (command: string, args: readonly string[], options: SpawnOptions) => ChildProcess

export type ChildDeps = {
  readonly spawn: Spawn
  /** Environment of this process, read by the composition root; only the safe names pass. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly workingDirectory: string
  readonly lineCapBytes: number
  readonly redact: (text: string) => string
  readonly log: Log
}
export type ChildSpec = {
  readonly label: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}
export type ChildEvents = {
  readonly onLine: (line: string) => void
  /** Once, when the command has ended and its last output was read; never called before `startChild` returns. */
  readonly onGone: (why: string) => void
}
export type Child = {
  readonly pid: number | undefined
  /** False when the child is gone or does not read what it is sent. */
  readonly send: (line: string) => boolean
  /** The end of what it wrote to stderr, without the values it was given. */
  readonly lastWords: () => string
  /** Ends the group: fd 3 closes, the watcher sends TERM, a second later KILL. Resolves when all of it is gone. */
  readonly stop: () => Promise<void>
}

export const startChild =
  (deps: ChildDeps) =>
  (spec: ChildSpec, events: ChildEvents): Child => {
    const child = deps.spawn('sh', ['-c', guard, 'sh', spec.command, ...spec.args], {
      cwd: deps.workingDirectory,
      env: { ...safeEnvironment(deps.environment), ...spec.env },
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
      detached: true,
      windowsHide: true,
    })
    const values = Object.values(spec.env)
    const clean = (text: string) => deps.redact(withoutValues(text, values))
    const longest = Math.max(0, ...values.map((value) => value.length))
    const words = keepTail(child, stderrKept + 4 * longest, (line) =>
      deps.log.debug({ server: spec.label, text: clean(line) }, 'stdio stderr'),
    )
    // Cut after cleaning: a tail that begins inside a value would show the rest of it.
    const lastWords = () => clean(words()).slice(-stderrKept).trim()
    const watcher = child.stdio[3]
    /** Why we ended it ourselves, if we did. */
    let ours: string | null = null
    const release = (why: string | null) => {
      ours ??= why
      if (watcher instanceof Writable) watcher.destroy()
    }
    const lines = createLines(deps.lineCapBytes, events.onLine)
    child.stdout?.on('data', (chunk: Buffer) => {
      if (ours === null && lines.push(chunk) === 'too-long') release(`wrote a line over ${deps.lineCapBytes} bytes`)
    })
    // A write to a child that has just ended fails here; the end itself is told by 'exit'.
    for (const stream of [child.stdin, child.stdout, child.stderr, watcher]) stream?.on('error', () => {})
    const gone = whenGone(child, release, (code) => {
      const last = lastWords()
      events.onGone((ours ?? `the command ended ${code}`) + (last === '' ? '' : `: ${last}`))
    })
    return {
      pid: child.pid,
      send: (line) => {
        const stdin = child.stdin
        if (ours !== null || !stdin?.writable || stdin.writableLength > stdinCap) return false
        gather(stdin)
        stdin.write(`${line}\n`)
        return true
      },
      lastWords,
      stop: () => {
        release('was stopped')
        const timer = setTimeout(() => force(child), forceAfterMs)
        return gone.finally(() => clearTimeout(timer))
      },
    }
  }

/** What is sent in one turn of the loop, for however many callers, is one write. */
const gather = (stdin: Writable): void => {
  if (stdin.writableCorked > 0) return
  stdin.cork()
  setImmediate(() => stdin.uncork())
}

const safeEnvironment = (environment: ChildDeps['environment']): Record<string, string> =>
  Object.fromEntries(
    safeNames.flatMap((name) => {
      const value = environment[name]
      // A shell function exported through a variable would be run by `sh`.
      return value === undefined || value.startsWith('()') ? [] : [[name, value]]
    }),
  )

/** Logged by the line, so that no value is cut in two and missed; what has no line ends is in the tail only. */
const keepTail = (child: ChildProcess, keptBytes: number, onLine: (line: string) => void): (() => string) => {
  let kept = Buffer.alloc(0)
  const lines = createLines(keptBytes, onLine)
  let byLine = true
  child.stderr?.on('data', (chunk: Buffer) => {
    kept = Buffer.concat([kept, chunk]).subarray(-keptBytes)
    byLine = byLine && lines.push(chunk) === 'fine'
  })
  return () => kept.toString('utf8')
}

/** For when the watcher itself was killed, or something that left the group still holds the pipes. */
const force = (child: ChildProcess): void => {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  } catch {
    // No such group: it is gone already.
  }
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy()
}

/**
 * 'exit' tells that the command is over, while the watcher lives on and holds stdout open for about a second; 'close'
 * tells that the group is gone. Callers must not wait that second for their error, so the news goes out shortly
 * after 'exit', when what the command wrote last has been read.
 */
const whenGone = (
  child: ChildProcess,
  release: (why: string | null) => void,
  tell: (code: string) => void,
): Promise<void> =>
  new Promise((resolve) => {
    let told = false
    const once = (code: string) => {
      if (!told) tell(code)
      told = true
    }
    child.on('error', (error) => {
      release(`could not be started: ${error.message}`)
      setImmediate(() => once(''))
      if (child.pid === undefined) resolve()
    })
    child.on('exit', (code, signal) => {
      release(null)
      setTimeout(() => once(signal === null ? `with code ${code}` : `by ${signal}`), 20)
    })
    child.on('close', (code, signal) => {
      once(signal === null ? `with code ${code}` : `by ${signal}`)
      resolve()
    })
  })
