import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anchorsIn } from '../../dashboard/audit/anchors.ts'
import { verifyExport } from '../../dashboard/audit/verify.ts'
import { signerOf } from '../../src/audit/checkpoint.ts'
import {
  chained,
  checkpointAt,
  eventAt,
  exportOf,
  keys,
  type Line,
  organization,
  signer,
  textOf,
} from '../audit-lines.ts'
import { linesIn, reportOn } from '../audit-rig.ts'

/** What the browser computes against what `ostiary audit verify` computes: two programs, one verdict. */
type Known = { readonly key?: string | null; readonly anchors?: Parameters<typeof verifyExport>[1]['anchors'] }
const [key = ''] = keys
const verified = (text: string, { key: named = key, anchors = [] }: Known = {}) =>
  verifyExport(new Blob([text]), { key: named, anchors }, () => {})
const findingOf = async (lines: readonly Line[], known?: Known) => {
  const { finding } = await verified(textOf(lines), known)
  return finding && [finding.because, finding.seq]
}
const theirs = (lines: readonly Line[], known: Parameters<typeof reportOn>[1] = { keys: [...keys] }) => {
  const { finding } = reportOn(linesIn(textOf(lines)), known)
  return finding && [finding.because, finding.seq]
}
const changed = (lines: readonly Line[], seq: number, change: object) =>
  lines.map((line) => (line.seq === seq ? { ...line, ...change } : line))
const without = (lines: readonly Line[], ...seqs: number[]) => lines.filter(({ seq }) => !seqs.includes(seq ?? 0))

test('M13 A37 the browser proves an export that nobody touched, with the public key alone', async () => {
  const report = await verified(textOf(exportOf(25)))
  expect(report).toMatchObject({
    organization,
    head: { seq: 25 },
    confirmedUpTo: 20,
    areSignaturesChecked: true,
    finding: null,
  })
  expect(await findingOf(exportOf(0))).toBeNull()
})

test('M13 the browser names what was changed, dropped, moved, put in and cut off', async () => {
  const lines = exportOf(25)
  const at = (seq: number) => lines.findIndex((line) => line.seq === seq)
  const swapped = [...lines]
  ;[swapped[at(3)], swapped[at(4)]] = [lines[at(4)] ?? {}, lines[at(3)] ?? {}]
  const twelve = lines.find(({ seq }) => seq === 12)
  const rehashed = changed(lines, 13, chained([{ ...eventAt(13), action: 'key.revoked' }], twelve)[0] ?? {})
  const cases: readonly (readonly [lines: readonly Line[], because: string, seq: number])[] = [
    [changed(lines, 13, { action: 'key.revoked' }), 'changed', 13],
    [changed(lines, 13, { address: undefined }), 'changed', 13],
    [changed(lines, 13, { hash: 'ab'.repeat(32) }), 'changed', 13],
    [rehashed, 'changed', 14],
    [without(lines, 13), 'missing', 13],
    [without(lines, 1), 'missing', 1],
    [swapped, 'reordered', 3],
    [lines.slice(0, -1), 'cut-off', 26],
  ]
  for (const [tampered, because, seq] of cases) {
    expect(await findingOf(tampered)).toEqual([because, seq])
    expect(theirs(tampered)).toEqual([because, seq])
  }
})

test('M13 a chain computed anew, a forged checkpoint and another key are found', async () => {
  const lines = exportOf(25)
  const forger = signerOf(new Uint8Array(32).fill(9))
  expect(await findingOf(lines, { key: forger.publicKey })).toEqual(['signature', 10])
  const events = Array.from({ length: 25 }, (_, n) => ({ ...eventAt(n + 1), requestId: 'req_other' }))
  const anew = chained(events)
  const rewritten = lines.map((line) => anew.find(({ seq }) => seq === line.seq) ?? line)
  expect(await findingOf(rewritten)).toEqual(theirs(rewritten))
  expect((await findingOf(rewritten))?.[0]).toBe('rewritten')
})

test('M13 an earlier result shows that the end was cut off together with its checkpoints', async () => {
  const whole = await verified(textOf(exportOf(25)))
  const kept = JSON.stringify({ verified: true, organization, head: whole.head })
  const anchors = (await anchorsIn(kept)) ?? []
  expect(anchors).toEqual([{ organization, ...whole.head }])
  expect(await findingOf(exportOf(15))).toBeNull()
  expect(await findingOf(exportOf(15), { anchors })).toEqual(['cut-off', 16])
  expect(await findingOf(exportOf(30), { anchors })).toBeNull()
})

test('M13 what somebody has kept is read in each form; a checkpoint that its key has not signed is refused', async () => {
  const [event] = chained([eventAt(1)])
  if (!event) throw new Error('no event')
  const good = checkpointAt(event)
  const { seq, hash } = good
  expect(await anchorsIn(JSON.stringify({ items: [good] }))).toEqual([{ organization, seq, hash }])
  expect(await anchorsIn(`${JSON.stringify({ checkpoint: good })}\n${JSON.stringify({ level: 30 })}\n`)).toHaveLength(1)
  expect(await anchorsIn(JSON.stringify(good))).toHaveLength(1)
  expect(await anchorsIn('nothing of ours')).toEqual([])
  expect(await anchorsIn(JSON.stringify({ items: [{ ...good, hash: 'ab'.repeat(32) }] }))).toBeNull()
  expect(signer.publicKey).toBe(good.signingKey)
})

test('M13 whatever is done to an export, the browser and the command line say the same', async () => {
  const whole = exportOf(25)
  const place = fc.nat({ max: whole.length - 1 })
  const deed = fc.oneof(
    fc.record({ do: fc.constant('drop' as const), at: place }),
    fc.record({ do: fc.constant('twice' as const), at: place }),
    fc.record({ do: fc.constant('move' as const), at: place, to: place }),
    fc.record({
      do: fc.constant('change' as const),
      at: place,
      name: fc.constantFrom('action', 'hash', 'seq', 'after'),
    }),
    fc.record({ do: fc.constant('cut' as const), at: place }),
  )
  const tampered = (deeds: readonly (typeof deed extends fc.Arbitrary<infer D> ? D : never)[]): Line[] => {
    let lines: Line[] = [...whole]
    for (const each of deeds) {
      const line = lines[each.at]
      if (!line) continue
      if (each.do === 'drop') lines = lines.filter((_, at) => at !== each.at)
      if (each.do === 'twice') lines = lines.toSpliced(each.at, 0, line)
      if (each.do === 'move') lines = lines.toSpliced(each.at, 1).toSpliced(each.to, 0, line)
      if (each.do === 'change') lines = lines.with(each.at, { ...line, [each.name]: each.name === 'seq' ? 7 : 'other' })
      if (each.do === 'cut') lines = lines.slice(0, each.at)
    }
    return lines
  }
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { maxLength: 3 }), async (deeds) => {
      const lines = tampered(deeds)
      expect(await findingOf(lines)).toEqual(theirs(lines))
    }),
    { numRuns: 300 },
  )
})

test('a file that never ends its line is left after some of it, however long it goes on', async () => {
  const piece = new TextEncoder().encode('a'.repeat(2 ** 20))
  let pieces = 0
  const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: (controller) => {
      pieces += 1
      if (pieces > 64) controller.error(new Error('read on and on'))
      else controller.enqueue(piece)
    },
  })
  const file = Object.assign(new Blob([]), { stream: () => endless })
  const { finding } = await verifyExport(file, { key, anchors: [] }, () => {})
  expect(finding).toEqual({ because: 'unreadable', seq: 1 })
})
