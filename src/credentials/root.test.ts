import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { OrganizationSecrets } from '../fleet/schema.ts'
import { Secret } from '../secret.ts'
import { derive, loadRoot, organizationSecrets, type Root, rootCheck, sessionEpoch } from './root.ts'
import { rootDisk } from './root-disk.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'ostiary-root-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const given = (bytes: Buffer): Promise<Root> =>
  loaded({ masterKey: new Secret(bytes.toString('base64')), file: null, disk: rootDisk, randomBytes })

async function loaded(source: Parameters<typeof loadRoot>[0]): Promise<Root> {
  const outcome = await loadRoot(source)
  if (!outcome.ok) throw new Error(outcome.message)
  return outcome.root
}

test('serve makes a root of its own once, readable by its owner alone', async () => {
  const file = path.join(folder, 'data/secrets/master.key')
  const source = { masterKey: null, file, disk: rootDisk, randomBytes }
  const first = await loaded(source)
  const again = await loaded(source)
  expect(again.id).toBe(first.id)
  expect(rootCheck(again)).toBe(rootCheck(first))
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect((await stat(path.dirname(file))).mode & 0o777).toBe(0o700)
  expect(await readdir(path.dirname(file))).toEqual(['master.key'])
})

test('two processes that start at once end with the same root', async () => {
  const file = path.join(folder, 'race/secrets/master.key')
  const source = { masterKey: null, file, disk: rootDisk, randomBytes }
  // The second is told that there is no file, as if it had looked before the first had written.
  const late = { ...source, disk: { ...rootDisk, read: firstAnswer(null, rootDisk.read) } }
  const [one, other] = [await loaded(source), await loaded(late)]
  expect(other.id).toBe(one.id)
})

const firstAnswer = (answer: null, then: typeof rootDisk.read): typeof rootDisk.read => {
  let isFirst = true
  return (file) => {
    if (!isFirst) return then(file)
    isFirst = false
    return Promise.resolve(answer)
  }
}

test.each([
  ['of 31 bytes', randomBytes(31).toString('base64')],
  ['of 33 bytes', randomBytes(33).toString('base64')],
  ['with a foreign character', `${'A'.repeat(42)}!=`],
  ['that is a passphrase', 'correct horse battery staple correct horse ba'],
  ['that is empty', ''],
])('a master key %s is refused in one sentence that does not repeat it', async (_title, text) => {
  const outcome = await loadRoot({ masterKey: new Secret(text), file: null, disk: rootDisk, randomBytes })
  expect(outcome).toEqual({ ok: false, message: 'OSTIARY_MASTER_KEY must be the base64 of exactly 32 bytes.' })
})

test('a control apart from serve does not start without a master key', async () => {
  const outcome = await loadRoot({ masterKey: null, file: null, disk: rootDisk, randomBytes })
  expect(outcome).toMatchObject({ ok: false, message: expect.stringContaining('OSTIARY_MASTER_KEY is not set') })
})

test('a lost file is not replaced by a new root when the database was written with one', async () => {
  const file = path.join(folder, 'lost/master.key')
  const outcome = await loadRoot({ masterKey: null, file, disk: rootDisk, randomBytes, mayCreate: false })
  expect(outcome).toMatchObject({ ok: false, message: expect.stringContaining('is missing') })
  await expect(stat(path.dirname(file))).rejects.toMatchObject({ code: 'ENOENT' })
})

test('a damaged file is said to be damaged, and stays as it is', async () => {
  const file = path.join(folder, 'damaged.key')
  await writeFile(file, 'half a ke')
  const outcome = await loadRoot({ masterKey: null, file, disk: rootDisk, randomBytes })
  expect(outcome).toMatchObject({ ok: false, message: expect.stringContaining('does not hold the base64') })
  expect(await readFile(file, 'utf8')).toBe('half a ke')
})

test('the check value and the name tell roots apart and are the same for the same root', async () => {
  const bytes = randomBytes(32)
  const [one, same, other] = [await given(bytes), await given(bytes), await given(randomBytes(32))]
  expect(rootCheck(one)).toBe(rootCheck(same))
  expect(rootCheck(one)).not.toBe(rootCheck(other))
  expect(one.id).toBe(same.id)
  expect(one.id).not.toBe(other.id)
})

test('what is derived differs by label, organization and epoch, and by nothing else', async () => {
  const root = await given(randomBytes(32))
  const all = [
    derive(root, 'pepper', 'org_a'),
    derive(root, 'proof-key', 'org_a'),
    derive(root, 'pepper', 'org_b'),
    derive(root, 'session-key', 'org_a', 1),
    derive(root, 'session-key', 'org_a', 2),
    derive(root, 'session-key', 'org_a1', 1),
    derive(root, 'session-key', 'org_', 1),
  ].map((key) => key.toString('hex'))
  expect(new Set(all).size).toBe(all.length)
  expect(derive(root, 'pepper', 'org_a')).toEqual(derive(root, 'pepper', 'org_a'))
  expect(derive(root, 'pepper', 'org_a')).toHaveLength(32)
})

test('an organization has the session keys of two epochs, newest first, and the pepper under the root that it came from', async () => {
  const root = await given(randomBytes(32))
  const now = Date.UTC(2026, 10, 21)
  const { peppers, sessionKeys } = OrganizationSecrets.parse(
    JSON.parse(organizationSecrets(root, 'org_a', now).reveal()),
  )
  expect(peppers).toEqual({ [root.id]: derive(root, 'pepper', 'org_a').toString('base64') })
  expect(sessionKeys.map(({ epoch }) => epoch)).toEqual([sessionEpoch(now), sessionEpoch(now) - 1])
  const next = OrganizationSecrets.parse(JSON.parse(organizationSecrets(root, 'org_a', now + 30 * 86_400_000).reveal()))
  expect(next.sessionKeys[1]).toEqual(sessionKeys[0])
})

test('G1 a root that ends up in a log prints nothing of itself', async () => {
  const bytes = randomBytes(32)
  const root = await given(bytes)
  const printed = inspect(root, { depth: 9, showHidden: true }) + JSON.stringify(root) + String(root.key)
  for (const form of ['hex', 'base64', 'latin1'] as const) expect(printed).not.toContain(bytes.toString(form))
  expect(String(organizationSecrets(root, 'org_a', 0))).toBe('[organization secrets]')
})
