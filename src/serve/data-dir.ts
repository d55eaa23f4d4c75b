import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type Lock, takeLock } from './lock.ts'

export type Opened = { readonly ok: true; readonly lock: Lock } | { readonly ok: false; readonly message: string }

/** Makes the data directory if it is not there and takes it for this process alone. */
export function openDataDir(dataDir: string, lockName: 'ostiary.lock' | 'gateway.lock', pid: number): Opened {
  const refusal = (code: string) =>
    `The data directory ${dataDir} cannot be written (${code}); give another one with --data-dir or OSTIARY_DATA_DIR.`
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    const probe = path.join(dataDir, `.write-probe.${pid}`)
    writeFileSync(probe, '')
    rmSync(probe)
  } catch (error) {
    return {
      ok: false,
      message: refusal(error instanceof Error && 'code' in error ? String(error.code) : String(error)),
    }
  }
  const file = path.join(dataDir, lockName)
  const locked = takeLock(file, pid)
  if (locked.ok) return locked
  if (locked.reason === 'not-writable') return { ok: false, message: refusal(locked.code) }
  return {
    ok: false,
    message: `The data directory ${dataDir} is in use by another Ostiary (process ${locked.pid}); stop that one, or give another directory with --data-dir.`,
  }
}
