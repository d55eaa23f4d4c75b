import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { begun, checkpointAt, exportOf, keys, type Line, organization, signer, textOf } from '../../test/audit-lines.ts'
import { cliRig, problem, sentenceOf } from '../../test/cli-rig.ts'
import type { LocalLog } from '../audit/schema.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ostiary-cli-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const file = async (name: string, text: string): Promise<string> => {
  const place = path.join(folder, name)
  await writeFile(place, text)
  return place
}
/** A control whose export is that text. */
const exporting = (text: string) => {
  const asked: string[] = []
  const rig = cliRig(
    {},
    {
      fetch: async (target) => {
        asked.push(String(target).replace('http://control.test/api/v1', ''))
        return new Response(text)
      },
    },
  )
  return { ...rig, asked }
}
const without = (lines: readonly Line[], seq: number) => lines.filter((line) => line.seq !== seq)

test('M13 an export in a file is verified with the public key alone, and nobody is asked', async () => {
  const { ostiary, sent } = cliRig({})
  const place = await file('log.ndjson', textOf(exportOf(25)))
  const ran = await ostiary('audit', 'verify', place, '--public-key', keys[0] ?? '')
  expect(ran).toMatchObject({ code: 0, err: '' })
  expect(ran.out).toContain(
    `Verified: 25 events of ${organization}; nothing was changed, dropped, reordered or cut off.`,
  )
  expect(ran.out).toContain('confirmed up to event 20')
  expect(ran.out).toContain('5 newer events wait for their checkpoint')
  const unsure = await ostiary('audit', 'verify', place)
  expect(unsure.err).toBe('The export itself says which key is right; --public-key <key> says it from outside.\n')
  expect(sent).toEqual([])
})

test('M13 what is not proved ends with 1 and names the event', async () => {
  const { ostiary } = cliRig({})
  const honest = exportOf(25)
  const edited = honest.map((line) => (line.seq === 13 ? { ...line, action: 'key.revoked' } : line))
  for (const [lines, said] of [
    [edited, 'NOT VERIFIED (changed) at event 13: '],
    [without(honest, 13), 'NOT VERIFIED (missing) at event 13: '],
    [honest.slice(0, -4), 'NOT VERIFIED (cut-off) at event 23: '],
    [[], 'NOT VERIFIED (unreadable) at event 1: '],
  ] as const) {
    const ran = await ostiary('audit', 'verify', await file('log.ndjson', textOf(lines)))
    expect([ran.code, ran.out.slice(0, said.length)]).toEqual([1, said])
  }
  const torn = await file('torn.ndjson', textOf(honest).slice(0, 3000))
  expect((await ostiary('audit', 'verify', torn)).out).toContain('NOT VERIFIED (unreadable)')
  const ran = await ostiary('audit', 'verify', await file('json.ndjson', textOf(edited)), '--json')
  expect(ran.code).toBe(1)
  expect(JSON.parse(ran.out)).toMatchObject({ verified: false, organization, finding: { because: 'changed', seq: 13 } })
})

test('M13 another key than the given one does not count', async () => {
  const { ostiary } = cliRig({})
  const place = await file('log.ndjson', textOf(exportOf(25)))
  const other = 'A'.repeat(43)
  expect((await ostiary('audit', 'verify', place, '--public-key', other)).out).toContain('NOT VERIFIED (signature)')
  const both = await ostiary('audit', 'verify', place, '--public-key', other, '--public-key', signer.publicKey)
  expect(both.code).toBe(0)
})

test('M13 without a file it verifies what control has', async () => {
  const honest = exporting(textOf(exportOf(25)))
  const ran = await honest.ostiary('audit', 'verify', '--json')
  expect(honest.asked).toEqual(['/audit-events/export?format=ndjson'])
  expect(ran.code).toBe(0)
  expect(JSON.parse(ran.out)).toMatchObject({
    verified: true,
    from: 1,
    head: { seq: 25 },
    signingKeys: keys,
    finding: null,
  })
  expect((await exporting(textOf(without(exportOf(25), 2))).ostiary('audit', 'verify')).code).toBe(1)
  const refusing = cliRig({ 'GET /audit-events/export': () => problem(403, 'not_permitted') })
  expect((await refusing.ostiary('audit', 'verify')).code).toBe(3)
})

test('M13 what was kept elsewhere shows that a log was cut off or rewritten, in every form in which it is kept', async () => {
  const { ostiary } = cliRig({})
  const honest = exportOf(25)
  const [last] = honest.filter((line) => line.seq === 25)
  const short = await file('short.ndjson', textOf(exportOf(20)))
  expect((await ostiary('audit', 'verify', short)).code).toBe(0)
  const earlier = await ostiary('audit', 'verify', await file('log.ndjson', textOf(honest)), '--json')
  const checkpoint = checkpointAt(last)
  const kept = {
    'an earlier answer': earlier.out,
    'a gateway’s log': `${textOf([honest[3], last])}{"torn`,
    'a checkpoint': JSON.stringify(checkpoint),
    'lines of control’s log': `not JSON\n{"level":"info","message":"call"}\n${JSON.stringify({ level: 'info', checkpoint })}\n`,
    'a page of REST': JSON.stringify({ items: [checkpoint], nextCursor: null }, null, 2),
  }
  for (const [name, text] of Object.entries(kept)) {
    const place = await file('kept', text)
    const ran = await ostiary('audit', 'verify', short, '--checkpoint', place)
    expect([name, ran.code, ran.out]).toEqual([name, 1, expect.stringContaining('(cut-off) at event 21')])
    const whole = await ostiary('audit', 'verify', path.join(folder, 'log.ndjson'), '--checkpoint', place)
    expect([name, whole.code]).toEqual([name, 0])
  }
})

test('what is no checkpoint is said to be none', async () => {
  const { ostiary } = cliRig({})
  const log = await file('log.ndjson', textOf(exportOf(25)))
  const [last] = exportOf(25).filter((line) => line.seq === 25)
  const verify = async (text: string) =>
    sentenceOf(await ostiary('audit', 'verify', log, '--checkpoint', await file('kept', text)))[2]
  expect(await verify('nothing')).toMatch(/kept holds no checkpoint\.$/)
  expect(await verify(JSON.stringify({ ...checkpointAt(last), seq: 24 }))).toMatch(
    /was not signed by the key that it names/,
  )
  const foreign = checkpointAt(last, { organization: 'org_0000000000000002' })
  expect(await verify(JSON.stringify(foreign))).toBe('None of the checkpoints is of this organization.')
  const missing = sentenceOf(await ostiary('audit', 'verify', log, '--checkpoint', path.join(folder, 'nowhere')))
  expect(missing[2]).toMatch(/which cannot be read/)
  expect(sentenceOf(await ostiary('audit', 'verify', path.join(folder, 'nowhere')))[2]).toMatch(/cannot be read/)
  expect(sentenceOf(await ostiary('audit', 'verify', log, '--public-key', 'x'))[2]).toMatch(/43 characters/)
})

test('an export goes to stdout or into a new file, with what filters it', async () => {
  const text = textOf(exportOf(3))
  const { ostiary, asked } = exporting(text)
  expect(await ostiary('audit', 'export')).toEqual({ code: 0, out: text, err: '' })
  await ostiary('audit', 'export', '--format', 'csv', '--actor', 'mem_1', '--address', '203.0.113.7', '--after', '7')
  expect(asked).toEqual([
    '/audit-events/export?format=ndjson',
    '/audit-events/export?format=csv&after=7&actor=mem_1&address=203.0.113.7',
  ])
  for (const [args, said] of [
    [['--format', 'xml'], '--format must be ndjson or csv, not "xml".'],
    [['--after', '-1'], '--after must be the number of an event, not "-1".'],
    [['--from', 'yesterday'], '--from must be a time in UTC like 2026-01-31T00:00:00Z, not "yesterday".'],
  ] as const)
    expect(sentenceOf(await ostiary('audit', 'export', ...args))).toEqual([2, '', said])
})

test('audit events are listed by subject, actor, action, address and time, with the address they were caused from', async () => {
  const [, event] = exportOf(1)
  const { address: _, ...older } = event
  const { ostiary, sent } = cliRig({ 'GET /audit-events': { items: [event, older], nextCursor: 'c' } })
  const at = new Date(begun).toISOString()
  const asked = { subject: 'key_1', actor: 'mem_1', action: 'key.revoked', address: '203.0.113.7', from: at, to: at }
  const ran = await ostiary('audit', 'list', ...Object.entries(asked).flatMap(([name, text]) => [`--${name}`, text]))
  expect(Object.fromEntries(new URL(sent[0]?.path ?? '', 'http://x').searchParams)).toEqual(asked)
  const [head, first, second] = ran.out.split('\n')
  expect(head).toMatch(/^SEQ +AT +ACTOR +ACTION +SUBJECT +ADDRESS$/)
  expect(first).toMatch(/^1 +2026-01-01T00:00:01\.000Z +Ada +key\.created +key_1 ci +203\.0\.113\.7$/)
  expect(second).toMatch(/key_1 ci +-$/)
  expect(ran.err).toBe('More: --cursor c\n')
})

test('D63 what gateways keep here is shown without asking anybody', async () => {
  const [, event] = exportOf(1)
  const queries: object[] = []
  const from = new Date(begun).toISOString()
  const log: LocalLog = { items: [{ gateway: 'gwy_1', organization, event }], from, to: event.at, damaged: 2 }
  const { ostiary, sent } = cliRig(
    {},
    {
      gatewayAudit: async (query) => {
        queries.push(query)
        return log
      },
    },
  )
  const key = 'key_0000000000000001'
  const ran = await ostiary('gateway', 'audit', '--data-dir', '/var/lib/ostiary', '--key', key, '--from', from)
  expect(queries).toEqual([{ dataDir: '/var/lib/ostiary', key, from: begun, to: undefined }])
  expect(ran.out).toMatch(
    /^SEQ +AT .*GATEWAY\n1 +2026-01-01T00:00:01\.000Z +Ada +key\.created +key_1 ci +203\.0\.113\.7 +gwy_1\n$/,
  )
  expect(ran.err).toBe(`2 damaged lines were left out.\nKept here: ${from} to ${event.at}.\n`)
  expect(JSON.parse((await ostiary('gateway', 'audit', '--json')).out)).toEqual(log)
  expect(sent).toEqual([])
  for (const args of [
    ['--key', 'ci'],
    ['--to', 'x'],
  ])
    expect((await ostiary('gateway', 'audit', ...args)).code).toBe(2)
})

test('D63 where no gateway keeps anything, or nobody may read it, that is said', async () => {
  const none = await cliRig({}).ostiary('gateway', 'audit', '--data-dir', '/nowhere')
  expect([none.code, none.err]).toEqual([4, 'ostiary: No gateway has kept audit events in /nowhere. (not_found)\n'])
  const closed = cliRig({}, { gatewayAudit: () => Promise.reject(new Error('EACCES: permission denied')) })
  expect((await closed.ostiary('gateway', 'audit')).code).toBe(1)
})

test('a new file of an export is its owner’s alone, and none is written over', async () => {
  const written: string[] = []
  const { fetch } = { fetch: async () => new Response('line\n') }
  const createFile = (place: string) => {
    if (place === 'there') throw new Error('EEXIST')
    return { write: (text: string) => void written.push(text), close: () => {} }
  }
  const { ostiary } = cliRig({}, { fetch, createFile })
  expect(await ostiary('audit', 'export', '--out', 'new')).toMatchObject({ code: 0, out: '' })
  expect(written).toEqual(['line\n'])
  expect((await ostiary('audit', 'export', '--out', 'there')).code).toBe(2)
})
