import type { Config } from '../config.ts'
import type { Log } from '../observe/log.ts'
import type { Part } from './child.ts'
import { openDataDir } from './data-dir.ts'
import type { Role } from './messages.ts'
import { isRefusal, sentenceOf } from './refusal.ts'
import { listenForStop } from './signals.ts'

type Deps = {
  readonly role: Role
  readonly config: Config
  readonly compose: () => Promise<Part>
  readonly process: NodeJS.Process
  readonly log: Log
  readonly tell: (text: string) => void
  readonly monotonic: () => number
}

/** `ostiary control` and `ostiary gateway`: one part alone, without a supervisor. Answers the exit code. */
export async function runApart({ role, config, compose, process, log, tell, monotonic }: Deps): Promise<number> {
  const stop = listenForStop(process, monotonic)
  const lockName = role === 'control' ? 'ostiary.lock' : 'gateway.lock'
  const opened = openDataDir(config.dataDir, lockName, process.pid, log)
  if (!opened.ok) return refuse(tell, opened.message)
  const { lock } = opened
  try {
    const part = await compose()
    const { url } = await part.listen()
    log.info({ role, url }, 'listening')
    tell(`Ostiary ${role} listens on ${url}\n`)
    void greet(part, role, tell)
    await stop.first
    const drained = part.drain(config.drainSeconds).then(() => 0)
    return await Promise.race([drained, stop.second.then(() => 130)])
  } catch (error) {
    log[isRefusal(error) ? 'debug' : 'error']({ error, role }, 'start failed')
    return refuse(tell, sentenceOf(error))
  } finally {
    lock.release()
  }
}

async function greet(part: Part, role: Role, tell: (text: string) => void): Promise<void> {
  while (!part.ready()) await new Promise((resolve) => setTimeout(resolve, 50).unref())
  const link = (await part.setupLink?.()) ?? null
  tell(`Ostiary ${role} is ready\n${link === null ? '' : `First start: ${link} (once, 30 minutes)\n`}`)
}

const refuse = (tell: (text: string) => void, message: string): number => {
  tell(`ostiary: ${message}\n`)
  return 1
}
