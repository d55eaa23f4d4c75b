import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  begun,
  chained,
  checkpointAt,
  eventAt,
  exportOf,
  keys,
  type Line,
  organization,
  signer,
  textOf,
} from '../../test/audit-lines.ts'
import { linesIn, reportOn } from '../../test/audit-rig.ts'
import { genesis } from './chain.ts'
import { signerOf } from './checkpoint.ts'

const isEvent = (line: Line): boolean => line.seq !== undefined
const findingOf = (lines: readonly Line[], known: Parameters<typeof reportOn>[1] = { keys }) => {
  const { finding } = reportOn(lines, known)
  return finding && [finding.because, finding.seq]
}
const without = (lines: readonly Line[], ...seqs: number[]) => lines.filter(({ seq }) => !seqs.includes(seq))
const changed = (lines: readonly Line[], seq: number, change: object) =>
  lines.map((line) => (line.seq === seq ? { ...line, ...change } : line))

test('M13 an export that nobody touched verifies with the public key alone', () => {
  const lines = exportOf(25)
  expect(reportOn(linesIn(textOf(lines)), { keys })).toMatchObject({
    organization,
    after: genesis,
    head: { seq: 25 },
    confirmed: 2,
    confirmedUpTo: 20,
    finding: null,
  })
  expect(findingOf(exportOf(0))).toBeNull()
})

test('M13 a row that was changed is named', () => {
  const lines = exportOf(25)
  for (const change of [
    { action: 'key.revoked' },
    { actor: { kind: 'member', id: 'mem_2', name: 'Eve' } },
    { after: undefined },
    { before: {} },
    { at: new Date(0).toISOString() },
    { address: '198.51.100.1' },
    { address: undefined },
    { hash: 'ab'.repeat(32) },
  ])
    expect(findingOf(changed(lines, 13, change))).toEqual(['changed', 13])
  const twelve = lines.find(({ seq }) => seq === 12)
  // Its own hash computed anew: then the one behind it does not continue it.
  const rehashed = changed(lines, 13, chained([{ ...eventAt(13), action: 'key.revoked' }], twelve)[0] ?? {})
  expect(findingOf(rehashed)).toEqual(['changed', 14])
})

test('M13 rows that were dropped are named, wherever they stood', () => {
  const lines = exportOf(25)
  expect(findingOf(without(lines, 13))).toEqual(['missing', 13])
  expect(findingOf(without(lines, 1))).toEqual(['missing', 1])
  expect(reportOn(without(lines, 13, 14, 15), { keys }).finding?.detail).toContain('from 13 to 15')
})

test('M13 rows that were reordered are named, whether lines were moved or numbers changed', () => {
  const lines = exportOf(25)
  const swapped = [...lines]
  const [three, four] = [lines.findIndex(({ seq }) => seq === 3), lines.findIndex(({ seq }) => seq === 4)]
  ;[swapped[three], swapped[four]] = [lines[four], lines[three]]
  expect(findingOf(swapped)).toEqual(['reordered', 3])
  const renumbered = swapped.map((line, at) => (at === three || at === four ? { ...line, seq: at } : line))
  expect(findingOf(renumbered)).toEqual(['reordered', 3])
})

test('M13 a row that was put in is named', () => {
  const lines = exportOf(25)
  const put = { ...eventAt(7), id: 'evt_x', hash: 'ab'.repeat(32) }
  const at = lines.findIndex(({ seq }) => seq === 7)
  expect(findingOf([...lines.slice(0, at), put, ...lines.slice(at)])).toEqual(['inserted', 7])
  const shifted = lines.map((line) => (isEvent(line) && line.seq >= 7 ? { ...line, seq: line.seq + 1 } : line))
  expect(findingOf([...shifted.slice(0, at), put, ...shifted.slice(at)])).toEqual(['inserted', 7])
  expect(findingOf([...lines.slice(0, at + 1), ...lines.slice(at)])).toEqual(['inserted', 7])
})

test('M13 a log that was cut off is found by its last line, by a checkpoint, and by what is known from elsewhere', () => {
  const lines = exportOf(25)
  expect(findingOf(without(lines, 24, 25))).toEqual(['cut-off', 24])
  expect(findingOf(lines.slice(0, -1))).toEqual(['cut-off', 26])
  expect(findingOf(lines.slice(0, 9))).toEqual(['cut-off', 9])
  const short = exportOf(20)
  const [event] = lines.filter(({ seq }) => seq === 25)
  expect(findingOf(short, { keys })).toBeNull()
  const anchors = [{ seq: 25, hash: event.hash, from: 'a gateway' }]
  expect(findingOf(short, { keys, anchors })).toEqual(['cut-off', 21])
  expect(reportOn(short, { keys, anchors }).finding?.detail).toContain('a gateway knows event 25')
  const signed = [...exportOf(20).slice(0, -1), { checkpoint: checkpointAt(event) }, exportOf(20).at(-1)]
  expect(findingOf(signed)).toEqual(['cut-off', 21])
})

test('M13 a chain that was computed anew is found by the signatures, and by an anchor where even those were removed', () => {
  const honest = exportOf(25)
  const events = Array.from({ length: 25 }, (_, at) => eventAt(at + 1))
  const forged = chained(events.map((event) => (event.seq === 13 ? { ...event, action: 'key.updated' } : event)))
  const kept = honest.map((line) => (isEvent(line) ? forged[line.seq - 1] : line)).slice(0, -1)
  expect(findingOf([...kept, { end: { seq: 25, hash: forged[24]?.hash } }])).toEqual(['rewritten', 11])
  // Without the checkpoints that it contradicts it looks right …
  const bare = exportOf(25, forged).filter((line) => line.checkpoint?.seq !== 20)
  expect(findingOf(bare)).toBeNull()
  // … but not to who remembers more.
  const anchors = honest.filter(isEvent).map(({ seq, hash }) => ({ seq, hash, from: 'an earlier export' }))
  expect(findingOf(bare, { keys, anchors })).toEqual(['rewritten', 13])
  expect(reportOn(bare, { keys, anchors }).finding?.detail).toMatch(/^Event 13 was rewritten/)
})

test('M13 a checkpoint that somebody else has signed, or of another organization, proves nothing', () => {
  const thief = signerOf(randomBytes(32))
  const resigned = exportOf(25).map((line) => (line.checkpoint ? { checkpoint: thief.sign(line.checkpoint) } : line))
  expect(findingOf(resigned)).toEqual(['signature', 10])
  const renamed = resigned.map((line) =>
    line.checkpoint ? { checkpoint: { ...line.checkpoint, signingKey: signer.publicKey } } : line,
  )
  expect(findingOf(renamed)).toEqual(['signature', 10])
  const foreign = exportOf(25).map((line) =>
    line.checkpoint ? { checkpoint: checkpointAt(line.checkpoint, { organization: 'org_0000000000000002' }) } : line,
  )
  expect(findingOf(foreign)).toEqual(['signature', 10])
  // An export that names the thief's key itself is right in itself only as long as nobody says which key is ours.
  const [head, ...rest] = resigned
  const stolen = [{ export: { ...head.export, signingKeys: [thief.publicKey] } }, ...rest]
  expect(findingOf(stolen, {})).toBeNull()
  expect(findingOf(stolen)).toEqual(['signature', 10])
})

test('M13 events that should have been signed long ago and are not are named', () => {
  const [head, ...rest] = exportOf(25)
  const later = { export: { ...head.export, at: new Date(begun + 3 * 3_600_000).toISOString() } }
  expect(findingOf([later, ...rest])).toEqual(['unsigned', 21])
  expect(findingOf([later, ...rest.filter((line) => line.checkpoint === undefined)])).toEqual(['unsigned', 1])
  const signed = { checkpoint: checkpointAt(rest.at(-2)) }
  expect(findingOf([later, ...rest.slice(0, -1), signed, rest.at(-1)])).toBeNull()
})

test('an export goes on where an earlier one ended, and nowhere else', () => {
  const [head, ...lines] = exportOf(25)
  const [ten, five] = [10, 5].map((seq) => lines.find((line) => line.seq === seq))
  const rest = lines.slice(lines.indexOf(ten) + 2)
  const from = (event: Line) => ({ export: { ...head.export, after: { seq: event.seq, hash: event.hash } } })
  expect(reportOn([from(ten), ...rest], { keys })).toMatchObject({
    after: { seq: 10 },
    head: { seq: 25 },
    finding: null,
  })
  expect(findingOf([from(five), ...rest])).toEqual(['missing', 6])
  expect(findingOf([{ export: { ...head.export, after: { seq: 0, hash: ten.hash } } }, ...lines])).toEqual([
    'changed',
    1,
  ])
})

test('what is no whole export is said to be none', () => {
  const [head, ...rest] = exportOf(25)
  const filtered = { export: { ...head.export, filter: { actor: 'mem_1' } } }
  for (const lines of [[], rest, [filtered, ...rest], [head, head, ...rest], [head, { x: 1 }], [[]], [null, head]])
    expect(findingOf(lines)?.[0]).toBe('unreadable')
  expect(findingOf([head, ...rest, rest[0]])).toEqual(['unreadable', 26])
})

test('M13 no single thing that is done to any row goes unnoticed', () => {
  const honest = exportOf(40)
  const places = honest.flatMap((line, at) => (isEvent(line) ? [at] : []))
  const text = fc.string()
  const attack = fc.oneof(
    fc.record({ what: fc.constant('drop' as const), at: fc.constantFrom(...places) }),
    fc.record({ what: fc.constant('move' as const), at: fc.constantFrom(...places), to: fc.constantFrom(...places) }),
    fc.record({ what: fc.constant('name' as const), at: fc.constantFrom(...places), text }),
    fc.record({ what: fc.constant('cut' as const), at: fc.constantFrom(...places) }),
  )
  fc.assert(
    fc.property(attack, (done) => {
      const lines = [...honest]
      const [line] = lines.splice(done.at, 1)
      if (done.what === 'cut') lines.splice(done.at)
      if (done.what === 'move') lines.splice(done.to, 0, line)
      if (done.what === 'name') lines.splice(done.at, 0, { ...line, subject: { ...line.subject, name: done.text } })
      fc.pre(JSON.stringify(lines) !== JSON.stringify(honest))
      expect(findingOf(lines)).not.toBeNull()
    }),
    { numRuns: 300 },
  )
})
