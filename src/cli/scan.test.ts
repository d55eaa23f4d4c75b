import { execFile, execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { nodeEnvironment, root } from '../../test/programs.ts'
import type { TokenKind } from '../keys/schema.ts'
import { mint } from '../keys/token.ts'
import { type ScanOptions, scan } from './scan.ts'
import { createSearch, type Place } from './scan-search.ts'

const minted = (kind: TokenKind = 'k') => mint(kind, randomBytes).secret.reveal()

const folders: string[] = []
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'ostiary-scan-'))
  folders.push(folder)
})
afterAll(() => {
  for (const each of folders) rmSync(each, { recursive: true, force: true })
})
const put = (name: string, content: string | Buffer): string => {
  const file = path.join(folder, name)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, content)
  return file
}
const nothing = (async function* () {})()
const run = async (paths: readonly string[], options: ScanOptions = {}, stdin: AsyncIterable<Buffer> = nothing) => {
  const printed = { out: '', err: '' }
  const terminal = { out: (text: string) => (printed.out += text), err: (text: string) => (printed.err += text) }
  return { code: await scan(terminal, stdin, paths, options), ...printed }
}

describe('files', () => {
  test('C04 a planted key is found with its place, and no character of its secret is printed', async () => {
    const key = minted()
    const file = put('deep/er/settings.env', `A=1\nKEY="${key}"\n`)
    put('clean.txt', 'nothing\n')
    const { code, out, err } = await run([folder])
    expect(code).toBe(1)
    expect(out).toBe(`${file}:2:6  ${key.slice(0, 21)}  a key\n`)
    expect(err).toContain('1 secret found in 2 files')
    expect(out + err).not.toContain(key.slice(22, 30))
  })

  test('C04 every kind of token is known by its own name', async () => {
    const child = `oste_${['{"alg":"ES256"}', '{"sub":"key_"}'].map((part) => Buffer.from(part).toString('base64url')).join('.')}.${'A'.repeat(86)}`
    put('all', [minted('k'), minted('u'), minted('a'), minted('g'), child].join(' '))
    const { findings, ...rest } = JSON.parse((await run([folder], { json: true })).out)
    expect(findings.map(({ kind }: Place) => kind)).toEqual([
      'key',
      'url-key',
      'management-token',
      'gateway-token',
      'child-token',
    ])
    expect(rest).toEqual({ clean: false, files: 1, skipped: [] })
  })

  test('a folder without one is clean, in words and as JSON', async () => {
    put('a', `ostk_${'A'.repeat(16)}_${'b'.repeat(49)}`)
    expect(await run([folder])).toEqual({ code: 0, out: '', err: '' })
    const { code, out } = await run([folder], { json: true })
    expect([code, JSON.parse(out)]).toEqual([0, { clean: true, findings: [], files: 1, skipped: [] }])
  })

  test('.git is not entered, links are not followed, binary files are left out', async () => {
    const key = minted()
    put('.git/config', key)
    put('inner/.git/objects/x', key)
    put('picture', Buffer.concat([Buffer.alloc(1), Buffer.from(key)]))
    const outside = put('../outside', key)
    folders.push(outside)
    symlinkSync(outside, path.join(folder, 'link'))
    symlinkSync(folder, path.join(folder, 'loop'))
    const { code, out } = await run([folder], { json: true })
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ files: 0, skipped: [{ reason: 'binary' }] })
  })

  test('a file that is named is looked at wherever it lies, also through a link', async () => {
    const file = put('.git/config', minted())
    symlinkSync(file, path.join(folder, 'link'))
    expect((await run([file])).code).toBe(1)
    expect((await run([path.join(folder, 'link')])).code).toBe(1)
  })

  test('UTF-16, as some shells write it, is text', async () => {
    put('out.txt', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(`KEY=${minted()}\r\n`, 'utf16le')]))
    expect((await run([folder])).code).toBe(1)
  })

  test('in a file of one endless line the key is found where pieces meet', async () => {
    const key = minted()
    for (const at of [262_144, 1_048_576]) {
      const file = put(`line-${at}.min.js`, `${'x;'.repeat(at / 2 - 20)}"${key}"${'y;'.repeat(200_000)}`)
      expect((await run([file])).out).toContain(`:1:${at - 38}  `)
    }
  })

  test('a file over 50 MB is left out, and said to be', async () => {
    const file = put('dump.sql', Buffer.alloc(50 * 1024 * 1024 + 1, 0x20))
    const { code, err } = await run([folder])
    expect([code, err]).toEqual([0, `ostiary: ${file} was left out: it is too large.\n`])
  })

  test.skipIf(process.platform !== 'linux')('what cannot be read is not called clean', async () => {
    const { code, err } = await run(['/proc/self/mem'])
    expect([code, err]).toEqual([1, 'ostiary: /proc/self/mem was left out: it is not readable.\n'])
  })

  test('a pipe that is named is read to its end', async () => {
    const key = minted()
    const shell = `exec 3< <(printf '%s' "$KEY"); exec ${process.execPath} ${path.join(root, 'src/main.ts')} scan /dev/fd/3`
    const { code, stdout } = (await promisify(execFile)('bash', ['-c', shell], {
      env: nodeEnvironment({ KEY: key }),
    }).catch((error: { code: number; stdout: string }) => error)) as { code?: number; stdout: string }
    expect([code, stdout]).toEqual([1, `/dev/fd/3:1:1  ${key.slice(0, 21)}  a key\n`])
  })

  test('what was found does not steer the terminal', async () => {
    put('a\u001b[2Jb', minted())
    expect((await run([folder])).out).not.toContain('\u001b')
  })

  test.each<[readonly string[], ScanOptions]>([
    [['nowhere/at/all'], {}],
    [['.'], { staged: true }],
    [[], { staged: true, stdin: true }],
  ])('wrong usage ends with 2: %j %j', async (paths, options) => {
    const { code, err } = await run(paths, options)
    expect(code).toBe(2)
    expect(err).toContain('(usage)')
  })

  test('M8 in tens of thousands of files of other people nothing is found', { timeout: 300_000 }, async () => {
    const { code, out } = await run([path.join(root, 'node_modules')], { json: true })
    const { findings, files } = JSON.parse(out)
    expect(findings).toEqual([])
    expect(files).toBeGreaterThan(10_000)
    expect(code).toBe(0)
  })

  test('this repository holds no token either', async () => {
    for (const place of ['src', 'test', 'docs', 'rules', 'README.md'])
      expect((await run([path.join(root, place)])).out).toBe('')
  })
})

describe('a stream', () => {
  test('what comes in is looked at, in whatever pieces, text or not', async () => {
    const key = minted()
    const bytes = Buffer.from(`\0 diff --git\n+${key}\n`)
    const pieces = (async function* () {
      for (const byte of bytes) yield Buffer.from([byte])
    })()
    const { code, out } = await run([], { stdin: true }, pieces)
    expect([code, out]).toEqual([1, `(stdin):2:2  ${key.slice(0, 21)}  a key\n`])
  })

  test('C04 however a text is cut into pieces, the same tokens are found at the same places, each once', () => {
    const token = fc.constantFrom(...(['k', 'u', 'a', 'g'] as const)).map(minted)
    const filler = fc
      .string({ unit: fc.constantFrom('x', '\n', 'ostk_', ' ', 'é'), maxLength: 400 })
      .map((text) => text.repeat(300))
    const text = fc.array(fc.tuple(filler, token), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(text, fc.integer({ min: 1000, max: 400_000 }), (parts, size) => {
        const bytes = Buffer.from(parts.flatMap(([before, key]) => [before, '"', key, '"']).join(''))
        const [places, wanted]: [Place[], string[]] = [[], []]
        const search = createSearch((place) => places.push(place))
        for (let at = 0; at < bytes.length; at += size) search.push(bytes.subarray(at, at + size))
        search.end()
        let [line, column] = [1, 1]
        for (const [before, key] of parts) {
          const passed = Buffer.from(`${before}"`).toString('latin1')
          line += passed.split('\n').length - 1
          column = passed.includes('\n') ? passed.length - passed.lastIndexOf('\n') : column + passed.length
          wanted.push(`${line}:${column} ${key.slice(0, 21)}`)
          column += key.length + 1
        }
        expect(places.map((place) => `${place.line}:${place.column} ${place.preview}`)).toEqual(wanted)
      }),
      { numRuns: 60 },
    )
  })
})

describe('a git repository', () => {
  const identity = {
    GIT_AUTHOR_NAME: 'A',
    GIT_AUTHOR_EMAIL: 'a@x',
    GIT_COMMITTER_NAME: 'A',
    GIT_COMMITTER_EMAIL: 'a@x',
  }
  const env = () => ({
    ...nodeEnvironment(),
    ...identity,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_SYSTEM: '/dev/null',
  })
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: folder, env: env(), encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  const failure = async (work: () => string): Promise<string> => {
    try {
      work()
    } catch (error) {
      return String((error as { stderr: unknown }).stderr) + String((error as { stdout: unknown }).stdout)
    }
    return 'nothing failed'
  }
  const entry = `"${process.execPath}" "${path.join(root, 'bin/ostiary.js')}"`
  const staged = () =>
    promisify(execFile)(process.execPath, [path.join(root, 'bin/ostiary.js'), 'scan', '--staged', '--json'], {
      cwd: folder,
      env: env(),
    }).then(
      ({ stdout }) => ({ code: 0, ...JSON.parse(stdout) }),
      ({ code, stdout, stderr }) => ({ code, stderr, ...(stdout ? JSON.parse(stdout) : {}) }),
    )
  beforeEach(() => {
    git('init', '-q', '-b', 'main')
  })

  test('A33 B43 C27 the hook keeps a key out of a commit, and lets the commit through without it', async () => {
    const hooks = parse(readFileSync(path.join(root, '.pre-commit-hooks.yaml'), 'utf8'))
    const command = String(hooks[0].entry).replace(/^ostiary/, entry)
    writeFileSync(path.join(folder, '.git/hooks/pre-commit'), `#!/bin/sh\nexec ${command}\n`, { mode: 0o755 })
    const key = minted()
    put('config.json', `{"apiKey": "${key}"}`)
    put('app.js', 'export {}\n')
    git('add', '.')
    const said = await failure(() => git('commit', '-q', '-m', 'first'))
    expect(said).toContain(`config.json:1:13  ${key.slice(0, 21)}  a key`)
    expect(said).not.toContain(key.slice(22))
    expect(await failure(() => git('rev-parse', 'HEAD'))).toContain('HEAD')
    put('config.json', '{"apiKey": "$OSTIARY_KEY"}')
    // What lies on the disk is not what would be committed.
    expect(await failure(() => git('commit', '-q', '-m', 'first'))).toContain('config.json:1:13')
    git('add', '.')
    git('commit', '-q', '-m', 'first')
    expect(git('log', '--oneline')).toContain('first')
  })

  test('only what is staged counts, whatever it is called', async () => {
    put('a', 'clean')
    git('add', '.')
    git('commit', '-q', '-m', 'first')
    const names = ['-x', 'with space', 'new\nline', 'ünï', 'a']
    for (const name of names) put(name, `key: ${minted()}`)
    put('not staged', minted())
    git('add', '--', ...names)
    git('rm', '-q', '--cached', '-f', '--', 'with space')
    const { code, findings, files } = await staged()
    expect(code).toBe(1)
    expect(findings.map(({ file }: { file: string }) => file).sort()).toEqual(['-x', 'a', 'new\nline', 'ünï'])
    expect(files).toBe(4)
  })

  test('large and binary contents are left out; many files are one process of git', async () => {
    put('large', Buffer.alloc(50 * 1024 * 1024 + 1, 0x20))
    put('binary', Buffer.concat([Buffer.alloc(1), Buffer.from(minted())]))
    put('empty', '')
    for (let n = 0; n < 500; n += 1) put(`many/${n}`, `${'x'.repeat(n * 40)}\n`)
    put('many/last', minted())
    git('add', '.')
    const { findings, files, skipped } = await staged()
    expect(findings).toMatchObject([{ file: 'many/last' }])
    expect(files).toBe(502)
    expect(skipped).toEqual([
      { file: 'binary', reason: 'binary' },
      { file: 'large', reason: 'too large' },
    ])
  })

  test('outside of a repository it fails and says so', async () => {
    rmSync(path.join(folder, '.git'), { recursive: true })
    const { code, stderr } = await staged()
    expect(code).toBe(1)
    expect(stderr).toMatch(/git: .*repository/i)
  })
})
