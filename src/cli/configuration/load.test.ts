import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadConfiguration } from './load.ts'

let folder: string
const at = (name: string): string => path.join(folder, name)
const write = (name: string, text: string): string => {
  mkdirSync(path.dirname(at(name)), { recursive: true })
  writeFileSync(at(name), text)
  return at(name)
}
/** What is wrong, as `file:line what`; or how many entries there are. */
const load = (place: string, name?: string): string[] | number => {
  const loaded = loadConfiguration(place, name)
  if (loaded.ok) return loaded.value.entries.length
  const { errors, detail } = loaded.problem
  return errors?.map((one) => `${one.pointer.slice(folder.length + 1)} ${one.detail}`) ?? [detail]
}
const head = 'apiVersion: ostiary/v1\nname: platform\n'
const loadText = (text: string, name = 'a.yaml') => load(write(name, head + text))

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'ostiary-load-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const never = 'a secret never stands in these files: say where it is, by {from: {env: NAME}}'
const server = (more: string, url = 'https://a.example.com/mcp'): string =>
  `servers:\n  - slug: a\n    transport: {type: http, url: "${url}"}\n${more}`
const stdio = (more: string): string => `servers:\n  - slug: a\n    transport: {type: stdio, command: node, ${more}}\n`

test('a literal secret is refused wherever it stands, with its line and never with a character of it', () => {
  const token = `ghp_${'aB3'.repeat(12)}`
  const found: [string, string | RegExp][] = [
    [
      server('    credential: {slot: header, name: X-Key, value: abc}\n'),
      /a.yaml:6 a secret never stands .*\{file: PATH\}/,
    ],
    [stdio('env: {TOKEN: abcdef}'), /a.yaml:5 servers.0.transport.env.TOKEN: must be \{from/],
    [server(`    name: ${token}\n`), `a.yaml:6 looks like a secret (github-token): ${never}`],
    [server('', 'https://user:pass@a.example.com/mcp'), /a.yaml:5 looks like a secret \(url-with-password\)/],
    [server('', 'https://token@a.example.com/mcp'), `a.yaml:4 the address holds a user name or a password: ${never}`],
    [server('', 'https://a.example.com/mcp?token=abc'), `a.yaml:4 the address holds "token": ${never}`],
    [stdio('args: [--api-key, abcdef]'), /a.yaml:4 an argument holds the value of "api-key"/],
    [stdio('args: [--token=abcdef]'), /a.yaml:4 an argument holds the value of "token"/],
    [stdio('args: [run, -e, "GITHUB_TOKEN=abcdef"]'), /a.yaml:4 an argument holds the value of "GITHUB_TOKEN"/],
    [stdio('args: [run, "--env=DB_PASSWORD=abcdef"]'), /a.yaml:4 an argument holds the value of "DB_PASSWORD"/],
    [stdio('args: [mcp-remote, "https://a.example.com/mcp?token=abc"]'), /a.yaml:4 the address holds "token"/],
    [stdio('args: ["--url=https://a.example.com/mcp?token=abc"]'), /a.yaml:4 the address holds "token"/],
    [stdio('args: ["-H", "Authorization: Bearer abcdef1234567890"]'), /looks like a secret \(authorization-header\)/],
    [
      `teams:\n  - slug: b\n    name: ostk_${'A'.repeat(16)}_${'x'.repeat(49)}\n`,
      /looks like a secret \(damaged-token\)/,
    ],
    [server(`    toolPrices: {"${token}": "1"}\n`), /looks like a secret \(github-token\)/],
    [
      'providers:\n  - {slug: p, preset: openai, credential: {value: abc}}\n',
      /providers.0.credential: must be|a secret never stands/,
    ],
  ]
  for (const [text, wanted] of found) {
    const slips = loadText(text)
    expect(slips, text).toContainEqual(typeof wanted === 'string' ? wanted : expect.stringMatching(wanted))
    expect(JSON.stringify(slips)).not.toMatch(/aB3aB3|abcdef|xxxxxx|:pass@/)
  }
  // Names of things are no secrets, and neither are places of them.
  expect(loadText(stdio('args: [--token-file, token.txt, --no-auth], env: {API_KEY: {from: {env: API_KEY}}}'))).toBe(1)
  expect(
    loadText(server('    credential: {name: Authorization, template: "Bearer {value}", from: {env: GITHUB_TOKEN}}\n')),
  ).toBe(1)
})

test('a file that is small and means much is not read: no aliases, anchors, tags or merge keys', () => {
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x]',
    ...[...'bcdefgh'].map((name, n) => `${name}: &${name} [${'*'.concat('abcdefgh'[n] ?? '', ',').repeat(8)}]`),
  ]
  expect(loadText(`${bomb.join('\n')}\n`)).toContainEqual(
    expect.stringMatching(/a.yaml:4 (aliases|anchors) are not read/),
  )
  expect(loadText('teams:\n  - &t {slug: a}\n  - *t\n')).toEqual([
    'a.yaml:4 anchors are not read: write it out where it is meant',
    'a.yaml:5 aliases are not read: write it out',
  ])
  expect(loadText('teams: !!js/function "x"\n')).not.toBe(0)
  expect(loadText('teams: !mine [{slug: a}]\n')).toEqual([expect.stringMatching(/^a.yaml:3 /)])
  expect(loadText('teams:\n  - {slug: a}\n  - {<<: {slug: b}}\n')).toContainEqual(
    expect.stringContaining('no field "<<"'),
  )
  expect(loadText(`teams: ${'['.repeat(100_000)}`)).toHaveLength(10)
  expect(loadText('teams: [{slug: a}]\n__proto__: {x: 1}\n')).toEqual(['a.yaml:4 a key must be a plain word'])
})

test('what stands twice is refused: a key, a thing, a name', () => {
  expect(loadText('teams: [{slug: a}]\nteams: [{slug: b}]\n')).toEqual([expect.stringMatching(/^a.yaml:4 .*unique/)])
  expect(loadText('teams:\n  - slug: a\n  - slug: b\n  - slug: a\n')).toEqual([
    `a.yaml:6 team a stands twice: here and at ${at('a.yaml')}:4`,
  ])
  write('b.json', '{"apiVersion": "ostiary/v1",\n "name": "other",\n "teams": [{"slug": "c"}]}')
  write('c.json', '{"apiVersion": "ostiary/v1", "teams": [], "teams": []}')
  expect(load(folder)).toEqual([
    expect.stringMatching(/^a.yaml:6 /),
    'b.json:2 its name is other, not platform: one apply, one name',
    expect.stringMatching(/^c.json:1 .*unique/),
  ])
})

test('an unknown field or kind is refused at its own line, all of them at once', () => {
  const text =
    'guardrails: []\nwidgets: []\nteams:\n  - slug: a\n    member: []\n    boss: x\nservers:\n  - slug: s\n    catalogs: [x]\n'
  expect(loadText(text)).toEqual(
    [
      'a.yaml:3 guardrails are not built yet',
      'a.yaml:4 "widgets" is no kind of thing that a configuration holds',
      'a.yaml:7 teams.0: there is no field "member"',
      'a.yaml:8 teams.0: there is no field "boss"',
      'a.yaml:10 servers.0.transport: expected object, received undefined',
      'a.yaml:11 what a catalog holds stands with the catalog (catalogs: servers, providers)',
    ].map((line) => expect.stringContaining(line.slice(0, 40))),
  )
})

test('a secret in a file lies beside or below the file that names it', () => {
  const named = (file: string) => loadText(server(`    credential: {name: X-Key, from: {file: '${file}'}}\n`))
  for (const file of ['../secret', 'a/../../secret', '/etc/passwd', 'C:\\x', '\\\\host\\x', 'a\\..\\..\\x'])
    expect(named(file), file).toEqual([expect.stringMatching(/^a.yaml:4 from.file must/)])
  expect(named('secrets/key.txt')).toBe(1)
  expect(loadText(server('    credential: {name: X-Key, from: {env: A, file: b}}\n'))).not.toBe(1)
})

test('the token with which it is applied goes to no server: variables of Ostiary itself are no secrets of others', () => {
  for (const name of ['OSTIARY_TOKEN', 'OSTIARY_MASTER_KEY', 'OSTIARY_TOKEN_FILE', 'ostiary_token']) {
    const slips = loadText(server(`    credential: {name: X-Key, from: {env: ${name}}}\n`))
    expect(slips, name).toEqual([expect.stringMatching(/^a.yaml:4 from.env is a setting of Ostiary itself/)])
    expect(loadText(stdio(`env: {A: {from: {env: ${name}}}}`)), name).not.toBe(1)
  }
})

test('every file below a folder is read in a steady order, links are told and not followed', () => {
  write('b/two.yml', 'apiVersion: ostiary/v1\nteams: [{slug: b}]\n---\napiVersion: ostiary/v1\nteams: [{slug: c}]\n')
  write('a.yaml', `${head}teams: [{slug: a}]\n`)
  write('.git/x.yaml', 'not: read')
  write('README.md', 'not read')
  const loaded = loadConfiguration(folder, undefined)
  expect(
    loaded.ok &&
      loaded.value.entries.map(({ slug, place }) => `${slug} ${place.file.slice(folder.length + 1)}:${place.line}`),
  ).toEqual(['a a.yaml:3', 'b b/two.yml:2', 'c b/two.yml:5'])
  symlinkSync('/etc', at('etc'))
  symlinkSync(at('a.yaml'), at('z.yaml'))
  expect(load(folder)).toEqual([
    'etc:1 is no file of its own: links are not followed',
    'z.yaml:1 is no file of its own: links are not followed',
  ])
})

test('what cannot be a configuration is said in one sentence', () => {
  expect(load(at('nowhere'))).toEqual([expect.stringContaining('cannot be read: ENOENT')])
  expect(load(folder)).toEqual([expect.stringContaining('holds no configuration')])
  expect(load(write('x.json', '{"apiVersion": '))).toEqual(['x.json:1 is not JSON'])
  expect(load(write('y.yaml', 'teams: []\n'), 'platform')).toEqual([expect.stringMatching(/^y.yaml:1 apiVersion: /)])
  expect(load(write('z.yaml', 'apiVersion: ostiary/v1\nteams: [{slug: a}]\n'))).toEqual([
    expect.stringContaining('Say in a file `name: NAME`'),
  ])
  writeFileSync(at('w.yaml'), Buffer.from([0xff, 0xfe, 0x00, 0x41]))
  expect(load(at('w.yaml'))).toEqual([expect.stringMatching(/cannot be read as text/)])
})

test('the worked example of the docs is one', () => {
  const page = readFileSync(path.join(import.meta.dirname, '../../../docs/configuration-as-code.md'), 'utf8')
  const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text)
  for (const [n, text] of blocks.entries()) write(`${n}.yaml`, text)
  expect([blocks.length, load(folder)]).toEqual([2, 4])
})
