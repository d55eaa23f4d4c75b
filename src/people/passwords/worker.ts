import { setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import { hashPassword, isPassword } from './hash.ts'
import type { Task, Told } from './protocol.ts'

/** A tenth of the weight of control's other threads: enough to get on where every core is busy. */
const afterTheOthers = 10

/** On Linux 0 is the calling thread (setpriority(2), "C library/kernel differences"), elsewhere the whole process. */
function yieldToOthers(): void {
  if (process.platform !== 'linux') return
  try {
    setPriority(0, afterTheOthers)
  } catch {
    // A sandbox may forbid it: then this thread is one like the others.
  }
}
yieldToOthers()

const done = (task: Task): string | boolean =>
  task.ask === 'hash' ? hashPassword(task.password, task.pepper) : isPassword(task.phc, task.password, task.pepper)

const attempt = (task: Task): Told => {
  try {
    return { ok: true, value: done(task) }
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : 'Argon2 failed' }
  }
}

parentPort?.on('message', (task: Task) => parentPort?.postMessage(attempt(task)))
