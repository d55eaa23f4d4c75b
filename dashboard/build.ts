import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

/**
 * Builds the dashboard: `node dashboard/build.ts [--if-needed] [--out FOLDER]`. With `--if-needed` it builds only where
 * what it is made of is not what the last build was made of.
 */
const here = import.meta.dirname
const root = path.resolve(here, '..')
const { values } = parseArgs({ options: { 'if-needed': { type: 'boolean' }, out: { type: 'string' } } })
const out = path.resolve(values.out ?? path.join(here, 'dist'))
const mark = path.join(out, 'built-from.txt')

/** Its own files, the shapes that it shares with the server, and the versions of what it is built with. */
async function madeOf(): Promise<string> {
  const own = await filesIn(here, (file) => !file.startsWith('dist') && !file.startsWith('node_modules'))
  const shapes = await filesIn(path.join(root, 'src'), (file) => /(^|\/)(schema|problems)\.ts$/.test(file))
  const hash = createHash('sha256')
  for (const file of [...own, ...shapes, path.join(root, 'package-lock.json')])
    hash.update(`${path.relative(root, file)}\n`).update(await readFile(file))
  return hash.digest('hex')
}

async function filesIn(folder: string, keep: (file: string) => boolean): Promise<string[]> {
  const all = await readdir(folder, { recursive: true, withFileTypes: true })
  return all
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => keep(path.relative(folder, file)))
    .sort()
}

/** Once here, so that no start and no call has to. */
async function compress(folder: string): Promise<void> {
  const assets = path.join(folder, 'assets')
  const worth = (await readdir(assets)).filter((name) => /\.(js|css|svg)$/.test(name))
  const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }
  await Promise.all(
    worth.map(async (name) => {
      const bytes = await readFile(path.join(assets, name))
      await writeFile(path.join(assets, `${name}.br`), await promisify(brotliCompress)(bytes, brotli))
      await writeFile(path.join(assets, `${name}.gz`), await promisify(gzip)(bytes, { level: 9 }))
    }),
  )
}

// Whoever builds, a test runner as well: else React comes as it is for its own developers, with the paths of this machine.
process.env['NODE_ENV'] = 'production'

const before = await readFile(mark, 'utf8').catch(() => null)
// A package that was published holds what was built, and nothing to build it with.
const vite = await import('vite').catch(() => null)
const now = vite && (await madeOf())
if (vite === null) {
  if (before === null) console.error('ostiary: The dashboard is not built and cannot be built here; the rest works.')
} else if (!values['if-needed'] || now !== before) {
  const began = performance.now()
  console.error('Building the dashboard …')
  // Beside the old one and then in its place: whoever starts meanwhile reads one or the other.
  const fresh = await mkdtemp(`${out}-`)
  await vite.build({ configFile: path.join(here, 'vite.config.ts'), build: { outDir: fresh } })
  await compress(fresh)
  await writeFile(path.join(fresh, path.basename(mark)), now ?? '')
  await replace(fresh)
  console.error(`Built the dashboard in ${((performance.now() - began) / 1000).toFixed(1)} s.`)
}

/** Two builds at once: whoever comes second finds its place taken anew, and takes it again. */
async function replace(fresh: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const old = `${fresh}-old-${attempt}`
    await rename(out, old).catch(() => {})
    const isIn = await rename(fresh, out).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (attempt < 5 && (error.code === 'ENOTEMPTY' || error.code === 'EEXIST')) return false
        throw error
      },
    )
    await rm(old, { recursive: true, force: true })
    if (isIn) return
  }
}
