import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'

/** One file of the built dashboard, in every coding that the build has written. */
export type BuiltFile = {
  readonly type: string
  readonly plain: Uint8Array
  readonly br: Uint8Array | null
  readonly gzip: Uint8Array | null
}
export type Built = { readonly page: string; readonly assets: ReadonlyMap<string, BuiltFile> }

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}

/**
 * Read once, at the start: what is asked for later is looked up by name, so no path of a caller ever reaches the disk.
 * Null: it has not been built.
 */
export async function readBuilt(folder: string): Promise<Built | null> {
  const page = await readFile(path.join(folder, 'index.html'), 'utf8').catch(missing)
  if (page === null) return null
  const names = await readdir(path.join(folder, 'assets'))
  const bytesOf = (name: string) => readFile(path.join(folder, 'assets', name)).catch(missing)
  const assets = new Map<string, BuiltFile>()
  for (const name of names) {
    const type = types[path.extname(name)]
    if (type === undefined) continue
    const [plain, br, gzip] = await Promise.all([bytesOf(name), bytesOf(`${name}.br`), bytesOf(`${name}.gz`)])
    if (plain) assets.set(name, { type, plain, br, gzip })
  }
  return { page, assets }
}

const missing = (error: NodeJS.ErrnoException): null => {
  if (error.code === 'ENOENT') return null
  throw error
}
