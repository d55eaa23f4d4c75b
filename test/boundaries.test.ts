import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { allowed, dashboardPackages, forbiddenNames, packagesOf, rootFiles, unreachable } from './layers.ts'

/** The table in layers.ts is the architecture; changing it is a reviewed act. */

const root = path.resolve(import.meta.dirname, '..')
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter(Boolean)
const read = (file: string) => readFileSync(path.join(root, file), 'utf8')
const isTest = (file: string) => /\.test\.tsx?$/.test(file) || file.startsWith('test/') || file.startsWith('bench/')
const sources = tracked.filter((file) => /^(src|dashboard)\/.*\.tsx?$/.test(file) && !isTest(file) && exists(file))
const product = sources.filter((file) => file.startsWith('src/'))

function exists(file: string): boolean {
  try {
    read(file)
    return true
  } catch {
    return false
  }
}

/** Static, side-effect, re-export and dynamic imports; type-only ones count too, because shapes couple as well. */
const importPattern =
  /(?:\bimport\s+(?:type\s+)?(?:[\w*{][^'"`;]*?\sfrom\s*)?|\bexport\s+(?:type\s+)?(?:\*|\{)[^'"`;]*?\sfrom\s*|\bimport\s*\(\s*|new URL\(\s*)['"]([^'"]+)['"]/g

const importsOf = (file: string): string[] => {
  const code = read(file).replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
  return [...code.matchAll(importPattern)].flatMap(([, target]) => (target === undefined ? [] : [target]))
}
const resolved = (file: string, target: string): string =>
  path.posix.normalize(path.posix.join(path.posix.dirname(file), target))
const folderOf = (file: string): string =>
  /^src\/[^/]+\.ts$/.test(file) ? path.posix.basename(file) : (file.split('/')[1] ?? '')
const isSchema = (file: string) => file.endsWith('/schema.ts')
const isOpen = (file: string) => isSchema(file) || file === 'src/problems.ts' || file === 'src/secret.ts'

const edges = product.flatMap((file) =>
  importsOf(file)
    .filter((target) => target.startsWith('.') && /\.(ts|tsx)$/.test(target))
    .map((target) => ({ from: file, to: resolved(file, target) })),
)
const packages = product.flatMap((file) =>
  importsOf(file)
    .filter((target) => !target.startsWith('.') && !target.startsWith('node:'))
    .map((target) => ({
      from: file,
      name: target
        .split('/')
        .slice(0, target.startsWith('@') ? 2 : 1)
        .join('/'),
    })),
)

test('the scanner finds the sources and their imports', () => {
  expect(product.length).toBeGreaterThan(40)
  expect(edges.length).toBeGreaterThan(100)
  expect(packages.length).toBeGreaterThan(20)
})

test('every import stays inside the table of layers', () => {
  const broken = edges.filter(({ from, to }) => {
    const [a, b] = [folderOf(from), folderOf(to)]
    if (a === b || (isOpen(to) && !from.startsWith('src/db/'))) return false
    const rule = allowed[a]
    if (!rule) return true
    return !rule.some((entry) => entry === b || entry === to.replace(/^src\//, ''))
  })
  expect(broken.map(({ from, to }) => `${from} → ${to}`)).toEqual([])
})

/** What is built and tested with is no part of it. */
const screens = sources.filter(
  (file) => file.startsWith('dashboard/') && !/^dashboard\/(build|vite\.config)\.ts$/.test(file),
)

test('the dashboard sees shapes, not code: of the server it imports schemas and problems only', () => {
  expect(screens.length).toBeGreaterThan(40)
  const broken = screens.flatMap((file) =>
    importsOf(file)
      .filter((target) => target.startsWith('.'))
      .map((target) => resolved(file, target))
      .filter((target) => !target.startsWith('dashboard/') && !isSchema(target) && target !== 'src/problems.ts')
      .map((target) => `${file} → ${target}`),
  )
  expect(broken).toEqual([])
})

test('the dashboard is made of the packages that the table names, and the server of none of them', () => {
  const nameOf = (target: string) =>
    target
      .split('/')
      .slice(0, target.startsWith('@') ? 2 : 1)
      .join('/')
  // What is imported in the text of an example is not imported here.
  const foreign = screens
    .filter((file) => !file.endsWith('.data.ts'))
    .flatMap((file) =>
      importsOf(file)
        .filter((target) => !target.startsWith('.') && !dashboardPackages.includes(nameOf(target)))
        .map((target) => `${file} → ${target}`),
    )
  expect(foreign).toEqual([])
  const fromServer = edges.filter(({ to }) => to.startsWith('dashboard/'))
  expect(fromServer).toEqual([])
})

test('a page holds nothing for longer than it is open, save what the eye has chosen, and renders no HTML', () => {
  const wild =
    /\blocalStorage\b|\bindexedDB\b|document\.cookie|dangerouslySetInnerHTML|\.innerHTML\b|\beval\(|new Function\(/
  expect(screens.filter((file) => wild.test(read(file)))).toEqual([])
  // Of sessionStorage one name is used: which organization was picked.
  expect(screens.filter((file) => /\bsessionStorage\b/.test(read(file)))).toEqual(['dashboard/api.ts'])
})

test('schema files import only zod and other schema files', () => {
  const broken = product.filter(isSchema).flatMap((file) =>
    importsOf(file)
      .filter((target) => target !== 'zod' && !target.endsWith('/schema.ts') && !target.endsWith('/problems.ts'))
      .map((target) => `${file} → ${target}`),
  )
  expect(broken).toEqual([])
})

test('third-party packages are imported only where the table names them', () => {
  const broken = packages.filter(({ from, name }) => {
    const places = packagesOf[name]
    return !places?.some(
      (place) => from.startsWith(`src/${place}`) || (place === '*/store.ts' && from.endsWith('/store.ts')),
    )
  })
  expect(broken.map(({ from, name }) => `${from} → ${name}`)).toEqual([])
})

test.each(unreachable)('$what is not reachable from $from: $because', ({ from, what, match, stopAt }) => {
  const next = new Map<string, string[]>()
  for (const edge of edges) next.set(edge.from, [...(next.get(edge.from) ?? []), edge.to])
  const found: string[] = []
  const seen = new Set<string>()
  const walk = (file: string, trail: string[]): void => {
    if (seen.has(file)) return
    seen.add(file)
    if (trail.length > 0 && match(file)) return void found.push([...trail, file].join(' → '))
    for (const target of stopAt?.(file) ? [] : (next.get(file) ?? [])) walk(target, [...trail, file])
  }
  const starts = product.filter((file) => file.startsWith(from))
  expect(starts.length, what).toBeGreaterThan(0)
  for (const file of starts) walk(file, [])
  expect(found).toEqual([])
})

test('a decision has no side effects: access/ imports no node: module but node:net', () => {
  const broken = product
    .filter((file) => file.startsWith('src/access/'))
    .flatMap((file) => importsOf(file).filter((target) => target.startsWith('node:') && target !== 'node:net'))
  expect(broken).toEqual([])
})

test('the table has no cycle', () => {
  const state = new Map<string, 'open' | 'done'>()
  const visit = (folder: string, trail: string[]): void => {
    if (state.get(folder) === 'done') return
    expect(state.get(folder), [...trail, folder].join(' → ')).not.toBe('open')
    state.set(folder, 'open')
    for (const next of allowed[folder] ?? []) if (!next.includes('/')) visit(next, [...trail, folder])
    state.set(folder, 'done')
  }
  for (const folder of Object.keys(allowed)) visit(folder, [])
})

test('every folder and file at the top of src/ is in the table', () => {
  const folders = new Set(product.map(folderOf))
  expect([...folders].filter((folder) => !(folder in allowed) && !rootFiles.includes(folder))).toEqual([])
})

test('no file or folder carries a name that says nothing', () => {
  const named = tracked.filter((file) => /^(src|dashboard|test|bench)\//.test(file))
  const broken = named.filter((file) =>
    file.split('/').some((part) => forbiddenNames.test(part.replace(/\.(test|data)?\.?(ts|tsx|js|cjs|mjs)$/, ''))),
  )
  expect(broken).toEqual([])
})

test('no file grows past its limit: 300 lines, 600 for tests; data files hold no function', () => {
  const code = tracked.filter(
    (file) => /^(src|dashboard|test|bench|bin)\/.*\.(ts|tsx|js|cjs|mjs)$/.test(file) && exists(file),
  )
  const lines = (file: string) => read(file).split('\n').length - 1
  const long = code.filter(
    (file) => !file.endsWith('.data.ts') && lines(file) > (/\.test\.tsx?$/.test(file) ? 600 : 300),
  )
  expect(long.map((file) => `${file}: ${lines(file)}`)).toEqual([])
  // What stands in backquotes is data: SQL has functions of its own.
  const ofOurs = (file: string) => read(file).replaceAll(/`[^`]*`/g, '')
  const busy = code.filter(
    (file) => file.startsWith('src/') && file.endsWith('.data.ts') && /\bfunction\b|=>/.test(ofOurs(file)),
  )
  expect(busy).toEqual([])
})

test('clock, random, fetch and the environment come in through the composition roots only', () => {
  const roots = new Set([
    'src/control/compose.ts',
    'src/gateway/compose.ts',
    'src/main.ts',
    'src/serve.ts',
    'src/config.ts',
  ])
  const wild = /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|(?<![.\w])fetch\(|\bprocess\.env\b/
  const broken = product
    .filter((file) => !roots.has(file) && !/^src\/(cli|serve|host)\//.test(file))
    .filter((file) => wild.test(read(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')))
  expect(broken).toEqual([])
})

test('no class extends another, save one error', () => {
  const broken = product.flatMap((file) =>
    [...read(file).matchAll(/\bclass\s+\w+\s+extends\s+(\w+)/g)].map(([text]) => `${file}: ${text}`),
  )
  expect(broken.filter((line) => !line.endsWith('extends Error')).length + Math.max(0, broken.length - 1)).toBe(0)
})
