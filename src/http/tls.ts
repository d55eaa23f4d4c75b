import { createHash } from 'node:crypto'
import { watch } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { createSecureContext, type SecureContextOptions } from 'node:tls'

export type TlsFiles = { readonly cert: string; readonly key: string }
type Log = (fields: Readonly<Record<string, unknown>>, message: string) => void

type Pair = { readonly cert: Buffer; readonly key: Buffer }

const readPair = async (files: TlsFiles): Promise<Pair> => {
  const [cert, key] = await Promise.all([readFile(files.cert), readFile(files.key)])
  return { cert, key }
}

/** A certificate that does not fit its key must not replace one that works. */
const proved = (pair: Pair): Pair & SecureContextOptions => {
  const options = { ...pair, minVersion: 'TLSv1.2' } as const
  createSecureContext(options)
  return options
}

/** Reads and proves the pair. */
export const readTls = async (files: TlsFiles): Promise<Pair & SecureContextOptions> => proved(await readPair(files))

/** Editors, ACME clients and Kubernetes write several files, or swap a link, for one change. */
const settleMs = 200

/**
 * Watches the folders, not the files: a renewed file is usually a new one under the old name, which a watch on the
 * file itself would lose. Folders hold other files too, even the log that a line from here is written to, so only
 * other contents count.
 */
export const reloadTls = (
  files: TlsFiles,
  served: Pair,
  apply: (options: SecureContextOptions) => void,
  log: { readonly info: Log; readonly warn: Log },
): { stop(): void } => {
  let pending: NodeJS.Timeout | undefined
  let applied = digestOf(served)
  let refused: string | null = null
  let [begun, ended] = [0, 0]
  /** A slow disk may answer an older look last: what it saw is not there any more. */
  const isOutdated = (turn: number): boolean => {
    ended = Math.max(ended, turn)
    return turn < ended
  }
  const reload = async () => {
    pending = undefined
    begun += 1
    const turn = begun
    // A file that cannot be read is one state of the pair, and is told once as well.
    let digest = ''
    try {
      const pair = await readPair(files)
      if (isOutdated(turn)) return
      digest = digestOf(pair)
      if (digest !== applied) {
        apply(proved(pair))
        applied = digest
        log.info({ cert: files.cert }, 'certificate loaded anew')
      }
      refused = null
    } catch (err) {
      if (isOutdated(turn)) return
      if (digest !== refused)
        log.warn({ cert: files.cert, err }, 'the changed certificate is not usable, the old one stays')
      refused = digest
    }
  }
  // Not put off by what follows: a busy log in the folder would put it off for ever.
  const onChange = () => {
    pending ??= setTimeout(reload, settleMs).unref()
  }
  const folders = new Set([path.dirname(files.cert), path.dirname(files.key)])
  const watchers = [...folders].map((folder) => watch(folder, { persistent: false }, onChange))
  for (const watcher of watchers) watcher.on('error', (err) => log.warn({ err }, 'certificate files are not watched'))
  return {
    stop: () => {
      clearTimeout(pending)
      for (const watcher of watchers) watcher.close()
    },
  }
}

const digestOf = ({ cert, key }: Pair): string =>
  createHash('sha256').update(`${cert.length} `).update(cert).update(key).digest('base64')
