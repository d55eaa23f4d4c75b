import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parse as parseToml } from 'smol-toml'
import { describe, expect, test } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { z } from 'zod'
import type { TokenKind } from '../src/keys/schema.ts'
import { publishedPatterns } from '../src/keys/secret-patterns.data.ts'
import { base62, mint } from '../src/keys/token.ts'
import { root } from './programs.ts'

const file = (name: string) => readFileSync(path.join(root, 'rules', name), 'utf8')

const Gitleaks = z.object({
  rules: z.array(
    z.object({
      id: z.string(),
      description: z.string().min(10),
      regex: z.string(),
      keywords: z.array(z.string()).min(1),
      entropy: z.number().optional(),
    }),
  ),
  extend: z.object({ useDefault: z.literal(true).optional(), path: z.string().optional() }),
})
const Gitlab = z.object({
  secrets: z.object({
    passthrough: z.tuple([z.object({ type: z.literal('raw'), target: z.literal('gitleaks.toml'), value: z.string() })]),
  }),
})
const Trufflehog = z.object({
  detectors: z.array(
    z.object({
      name: z.string(),
      keywords: z.array(z.string()).min(1),
      regex: z.object({ token: z.string() }),
      verify: z.array(
        z.object({
          endpoint: z.url(),
          headers: z.array(z.string()),
          successRanges: z.array(z.string()),
          rotatedRanges: z.array(z.string()),
        }),
      ),
    }),
  ),
})
const Github = z.array(
  z.strictObject({
    name: z.string(),
    secretFormat: z.string(),
    beforeSecret: z.string(),
    afterSecret: z.string(),
    additionalMatchRequirements: z.tuple([]),
  }),
)

type Rule = { readonly regex: string; readonly keywords: readonly string[]; readonly entropy?: number | undefined }
const gitlabRules = () =>
  Gitleaks.parse(
    parseToml(Gitlab.parse(parseToml(file('gitlab-secret-detection-ruleset.toml'))).secrets.passthrough[0].value),
  )
const scanners: Readonly<Record<string, () => Rule[]>> = {
  gitleaks: () => Gitleaks.parse(parseToml(file('gitleaks.toml'))).rules,
  gitlab: () => gitlabRules().rules,
  trufflehog: () =>
    Trufflehog.parse(parseYaml(file('trufflehog.yaml'))).detectors.map(({ regex, keywords }) => ({
      // The parentheses say what is handed on.
      regex: regex.token.replace(/^\\b\((.*)\)\\b$/, '\\b$1\\b'),
      keywords,
    })),
  github: () =>
    Github.parse(JSON.parse(file('github-custom-patterns.json'))).map(({ secretFormat }) => ({
      regex: `\\b${secretFormat}\\b`,
      keywords: [],
    })),
}

const minted = Array.from({ length: 10_000 }, (_, n) => mint('kuag'[n % 4] as TokenKind, randomBytes).secret.reveal())
const child = `oste_${base62(60, randomBytes)}.${base62(200, randomBytes)}.${randomBytes(64).toString('base64url')}`

/** Shannon's, in bits a character, as gitleaks counts it. */
const entropyOf = (text: string): number => {
  const counts = new Map<string, number>()
  for (const letter of text) counts.set(letter, (counts.get(letter) ?? 0) + 1)
  return [...counts.values()].reduce((sum, count) => sum - (count / text.length) * Math.log2(count / text.length), 0)
}

describe.each(Object.entries(scanners))('C04 the rules of %s', (_name, rules) => {
  test('are the one grammar of tokens', () => {
    expect(rules().map(({ regex }) => regex)).toEqual([publishedPatterns.token, publishedPatterns.child])
  })

  test('find 10,000 planted keys, each of them, and a child token', () => {
    const [tokens, children] = rules().map(({ regex }) => new RegExp(regex, 'g'))
    const text = minted.map((token, n) => `line ${n}: key="${token}";`).join('\n')
    expect(text.match(tokens ?? /^$/)).toEqual(minted)
    expect(`x ${child} y`.match(children ?? /^$/)).toEqual([child])
  })

  test('are asked wherever a token stands: keywords are part of each, and none falls below the entropy', () => {
    for (const { regex, keywords, entropy = 0 } of rules()) {
      const matching = [...minted, child].filter((token) => new RegExp(`^${regex}$`).test(token))
      expect(matching.length).toBeGreaterThan(0)
      for (const token of matching) {
        // Scanners look for keywords in small letters.
        if (keywords.length > 0) expect(keywords.some((word) => token.toLowerCase().includes(word))).toBe(true)
        expect(entropyOf(token)).toBeGreaterThan(entropy)
      }
    }
  })
})

// Tens of thousands of files: on a fresh checkout none of them is in memory yet.
test('C04 the grammar matches nothing in the packages that we use', { timeout: 600_000 }, () => {
  const pattern = new RegExp(`${publishedPatterns.token}|${publishedPatterns.child}`)
  const hits: string[] = []
  let files = 0
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const place = path.join(folder, entry.name)
      if (entry.isDirectory()) walk(place)
      else if (entry.isFile() && /\.(?:[cm]?[jt]s|json|md|ya?ml|map|txt)$/.test(entry.name)) {
        files += 1
        if (pattern.test(readFileSync(place, 'latin1'))) hits.push(place)
      }
    }
  }
  walk(path.join(root, 'node_modules'))
  expect(files).toBeGreaterThan(10_000)
  expect(hits).toEqual([])
})

test('trufflehog asks where control answers, as it has to be asked', () => {
  const { detectors } = Trufflehog.parse(parseYaml(file('trufflehog.yaml')))
  for (const { verify } of detectors) {
    expect(verify).toHaveLength(1)
    for (const { endpoint, headers, successRanges, rotatedRanges } of verify) {
      expect(new URL(endpoint).pathname).toBe('/api/v1/leaks/verify')
      expect(headers).toEqual(['Content-Type: application/json'])
      expect([successRanges, rotatedRanges]).toEqual([['200'], ['401']])
    }
  }
})

test('gitleaks and GitLab keep their own rules', () => {
  expect(Gitleaks.parse(parseToml(file('gitleaks.toml'))).extend).toEqual({ useDefault: true })
  expect(gitlabRules().extend).toEqual({ path: '/gitleaks.toml' })
})

test('the page beside the rules names each of them and both expressions', () => {
  const page = file('README.md')
  for (const name of readdirSync(path.join(root, 'rules')))
    if (name !== 'README.md') expect(page).toContain(`(${name})`)
  for (const pattern of Object.values(publishedPatterns)) expect(page).toContain(`\`${pattern}\``)
})
