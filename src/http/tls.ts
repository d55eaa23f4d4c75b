import { watch } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { createSecureContext, type SecureContextOptions } from 'node:tls'

export type TlsFiles = { readonly cert: string; readonly key: string }
type Log = (fields: Readonly<Record<string, unknown>>, message: string) => void

/** Reads and proves the pair: a certificate that does not fit its key must not replace one that works. */
export const readTls = async (files: TlsFiles): Promise<SecureContextOptions> => {
  const [cert, key] = await Promise.all([readFile(files.cert), readFile(files.key)])
  const options = { cert, key, minVersion: 'TLSv1.2' } as const
  createSecureContext(options)
  return options
}

/** Editors, ACME clients and Kubernetes write several files, or swap a link, for one change. */
const settleMs = 200

/**
 * Watches the folders, not the files: a renewed file is usually a new one under the old name, which a watch on the
 * file itself would lose.
 */
export const reloadTls = (
  files: TlsFiles,
  apply: (options: SecureContextOptions) => void,
  log: { readonly info: Log; readonly warn: Log },
): { stop(): void } => {
  let pending: NodeJS.Timeout | undefined
  const reload = async () => {
    try {
      apply(await readTls(files))
      log.info({ cert: files.cert }, 'certificate loaded anew')
    } catch (error) {
      log.warn({ cert: files.cert, err: error }, 'the changed certificate is not usable, the old one stays')
    }
  }
  const onChange = () => {
    clearTimeout(pending)
    pending = setTimeout(reload, settleMs).unref()
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
