import { execFile } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { parseToken, tokenPattern } from '../src/keys/token.ts'
import { problems } from '../src/problems.ts'
import { pages } from './docs/pages.ts'
import { allRoutes } from './docs/rest.ts'
import { nodeEnvironment, root } from './programs.ts'

const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...globSync('docs/**/*.md', { cwd: root }).map((file) => file.replaceAll(path.sep, '/')),
]
const tests = globSync(['src/**/*.test.ts', 'test/**/*.test.ts'], { cwd: root })

describe('generated pages', () => {
  test.each(pages())('$file is what the program says about itself', ({ file, text }) => {
    expect(read(file), 'run: npm run docs').toBe(text)
  })

  test('every code of the catalogue has a row', () => {
    const page = read('docs/errors.md')
    for (const code of Object.keys(problems)) expect(page).toContain(`| \`${code}\` |`)
  })

  test('the routes that are described are those of OpenAPI, and there are some', async () => {
    const description = await allRoutes()
      .find(({ path: place }) => place === '/openapi.json')
      ?.handle(nobody, { params: {}, query: {}, body: {}, requestId: '', address: '', ifMatch: null })
    const held = description?.ok ? JSON.stringify(description.value) : ''
    expect(allRoutes().length).toBeGreaterThan(15)
    for (const { path: place } of allRoutes()) expect(held).toContain(`"/api/v1${place.replace(/:(\w+)/g, '{$1}')}"`)
  })

  test('the command line describes every command that the program offers', async () => {
    const run = promisify(execFile)
    const { stdout } = await run(process.execPath, ['src/main.ts', '--help'], { cwd: root, env: nodeEnvironment() })
    const offered = [
      ...stdout.slice(stdout.indexOf('Commands:'), stdout.indexOf('Environment:')).matchAll(/^ {2}([a-z]+)/gm),
    ].map(([, name]) => name)
    expect(offered.length).toBeGreaterThan(6)
    const page = read('docs/cli.md')
    for (const name of offered.filter((each) => each !== 'help')) expect(page).toContain(`ostiary ${name}`)
  })
})

const nobody = {
  kind: 'system',
  organizationId: '',
  memberId: '',
  name: '',
  role: 'auditor',
  scopes: [],
  operator: false,
  credentialId: '',
} as const

describe.each(documents)('%s', (file) => {
  const text = read(file)

  test('names files that are there', () => {
    const named = [...text.matchAll(/(?<![\w/.:-])((?:src|test|docs|bench|bin|\.ci)\/[\w./-]*[\w/])/g)]
    const missing = named.flatMap(([, place = '']) => (existsSync(path.join(root, place)) ? [] : [place]))
    expect(missing).toEqual([])
  })

  test('has links that lead somewhere, and to a file that holds the name in the link', () => {
    const broken = [...text.matchAll(/\[([^\]]+)\]\((?!https?:|#)([^)#]+)(#[^)]*)?\)/g)].flatMap(
      ([, label = '', to = '']) => {
        const target = path.posix.join(path.posix.dirname(file), to)
        if (!existsSync(path.join(root, target))) return [`${target} is not there`]
        const name = /^`([A-Za-z_]\w*)(?:\(\))?`$/.exec(label)?.[1]
        if (name === undefined || !/\.ts$/.test(target)) return []
        return new RegExp(`\\b${name}\\b`).test(read(target)) ? [] : [`${target} has no ${name}`]
      },
    )
    expect(broken).toEqual([])
  })

  test('shows no token that could be somebody’s', () => {
    const tokens = text.match(tokenPattern) ?? []
    expect(tokens.filter((token) => parseToken(token) !== null)).toEqual([])
  })

  test('names only codes of the catalogue where it names a status with a code', () => {
    const codes = [...text.matchAll(/\b[45]\d\d `([a-z_]+)`/g)].map(([, code = '']) => code)
    expect(codes.filter((code) => !Object.hasOwn(problems, code))).toEqual([])
  })
})

test('architecture.md shows every folder of src/, and nothing that is not there', () => {
  const tree = read('docs/architecture.md').split('`src/`:')[1]?.split('## Layers')[0] ?? ''
  const shown = [...tree.matchAll(/^[├└]─ (\S+?)\/? /gm)].map(([, name]) => name)
  // Git keeps no empty folder, so neither does this.
  const files = globSync('src/**/*.ts', { cwd: root }).filter((file) => !file.endsWith('.test.ts'))
  const held = new Set(files.map((file) => file.split(path.sep)[1] ?? ''))
  expect(shown.toSorted()).toEqual([...held].toSorted())
})

test('a guarantee that is said to be kept has tests that carry its id', () => {
  const titles = tests.map((file) => read(file)).join('\n')
  const rows = [...read('docs/guarantees.md').matchAll(/^\| (G\d+) \|.*\| ([^|]+) \|$/gm)]
  expect(rows).toHaveLength(12)
  const kept = rows.filter(([, , today = '']) => /\bkept\b/.test(today)).map(([, id]) => id)
  expect(kept.length).toBeGreaterThan(5)
  const untested = kept.filter((id) => !new RegExp(`['"\`](?:[A-Z]\\d+ )*${id} `).test(titles))
  expect(untested).toEqual([])
})

test('decisions are numbered without a gap and have their four parts', () => {
  const decisions = documents.filter((file) => file.startsWith('docs/decisions/')).toSorted()
  expect(decisions.map((file) => path.basename(file).slice(0, 4))).toEqual(
    decisions.map((_, at) => String(at + 1).padStart(4, '0')),
  )
  for (const file of decisions)
    for (const part of ['Context', 'Options', 'Choice', 'Consequences'])
      expect(read(file), file).toContain(`**${part}.**`)
})

test('every code of the catalogue is provoked by a test', () => {
  const files = tests.filter((file) => !file.endsWith('docs.test.ts'))
  const asserted = files.map(read).join('\n')
  const unnamed = Object.keys(problems).filter((code) => !new RegExp(`['"\`]${code}['"\`]`).test(asserted))
  expect(unnamed).toEqual([])
})
