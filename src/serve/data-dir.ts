import { chmodSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Log } from '../observe/log.ts'
import { type Lock, takeLock } from './lock.ts'

export type Opened = { readonly ok: true; readonly lock: Lock } | { readonly ok: false; readonly message: string }

/** Makes the data directory if it is not there and takes it for this process alone. */
export function openDataDir(
  dataDir: string,
  lockName: 'ostiary.lock' | 'gateway.lock',
  pid: number,
  log: Pick<Log, 'warn'>,
): Opened {
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
  if (locked.ok) {
    closeToOthers(dataDir, log)
    return locked
  }
  if (locked.reason === 'not-writable') return { ok: false, message: refusal(locked.code) }
  return {
    ok: false,
    message: `The data directory ${dataDir} is in use by another Ostiary (process ${locked.pid}); stop that one, or give another directory with --data-dir.`,
  }
}

/**
 * A directory that stood before us may be open to others. The secrets' own is ours alone to decide about; that of the
 * data may be open on purpose, to a backup for example, so it is left as it is and said.
 */
function closeToOthers(dataDir: string, log: Pick<Log, 'warn'>): void {
  const secrets = path.join(dataDir, 'secrets')
  try {
    if (existsSync(secrets) && isOpenToOthers(secrets)) chmodSync(secrets, 0o700)
  } catch (error) {
    log.warn({ directory: secrets, error }, 'others may read the directory of the secrets: give it mode 0700')
  }
  if (isOpenToOthers(dataDir)) log.warn({ dataDir }, 'others may read the data directory: give it mode 0700')
}

/** Windows has no such bits and makes some up. */
const isOpenToOthers = (directory: string): boolean =>
  process.platform !== 'win32' && (statSync(directory).mode & 0o077) !== 0
