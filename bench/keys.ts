import { randomBytes } from 'node:crypto'
import { parseFromControl } from '../src/fleet/frames.ts'
import { type ControlFrame, snapshotFrames } from '../src/fleet/record-frames.ts'
import type { FleetRecord } from '../src/fleet/schema.ts'
import { createSnapshot, type Snapshot } from '../src/gateway/snapshot.ts'
import { createLane } from '../src/keys/lane.ts'
import { createProver, type Prover } from '../src/keys/prove.ts'
import type { KeyRecord } from '../src/keys/schema.ts'
import { mint } from '../src/keys/token.ts'
import { createOrganization } from './records.ts'
import { table } from './table.ts'

/**
 * What 100,000 keys cost a gateway in memory, and what it works from the frames of a snapshot to ready. A process
 * of its own, started with --expose-gc: heaps are compared after everything else is gone.
 */
const count = 100_000
const perFrame = 500

type Memory = { readonly heap: number; readonly outside: number }

/** In several turns of the loop: what a compilation in the background looks at is not garbage yet. */
async function settled(): Promise<Memory> {
  for (let round = 0; round < 5; round += 1) {
    globalThis.gc?.()
    await new Promise((next) => setTimeout(next, 100))
  }
  const { heapUsed, external } = process.memoryUsage()
  return { heap: heapUsed, outside: external }
}

const millions = (bytes: number): string => (bytes / 1e6).toFixed(1)

/** With CPU of this thread, in ms: on a machine that others use, too, a clock would measure them. */
function timed<T>(run: () => T): [result: T, ms: number] {
  const before = process.threadCpuUsage()
  const result = run()
  const { user, system } = process.threadCpuUsage(before)
  return [result, (user + system) / 1000]
}

type Costs = { json: number; reading: number; holding: number; proofs: number }

/** Frames as control sends them, and the proofs of the keys in them. */
function framesOf(): { others: readonly FleetRecord[]; texts: string[]; proofs: string[]; ids: string[] } {
  const organization = createOrganization('root_1')
  const keys: KeyRecord[] = []
  const proofs: string[] = []
  for (let from = 0; from < count; from += perFrame) {
    const minted = Array.from({ length: perFrame }, () => mint('k', randomBytes).id16)
    const records = minted.map((id16, at) => organization.keyOf(from + at, id16, randomBytes(4).readUInt32BE()))
    keys.push(...records)
    const items = records.map(({ id }) => {
      const proof = randomBytes(32).toString('base64url')
      return { organization: organization.id, key: id, version: 1, proof }
    })
    proofs.push(JSON.stringify({ type: 'proofs', items, complete: false }))
  }
  const texts = snapshotFrames({ position: { log: 'bench', number: 1 }, era: 1 }, [...organization.records, ...keys])
  return { others: organization.records, texts, proofs, ids: keys.map(({ id }) => id) }
}

const parse = (text: string): ControlFrame => {
  const parsed = parseFromControl(text)
  if (parsed.kind !== 'frame') throw new Error(`a frame of the measurement was ${parsed.kind}`)
  return parsed.frame
}

/** Part by part, as they come over the socket. */
function receive(snapshot: Snapshot, prover: Prover, texts: readonly string[], proofs: readonly string[]): Costs {
  const costs: Costs = { json: 0, reading: 0, holding: 0, proofs: 0 }
  for (const text of texts) costs.json += timed(() => JSON.parse(text))[1]
  const replacement = snapshot.replaceAll()
  for (const text of texts) {
    const [frame, reading] = timed(() => parse(text))
    if (frame.type !== 'snapshot') throw new Error(`this is a frame of ${frame.type}`)
    costs.reading += reading
    costs.holding += timed(() => replacement.add(frame.records))[1]
  }
  costs.holding += timed(replacement.commit)[1]
  const learn = (text: string) => {
    const frame = parse(text)
    if (frame.type === 'proofs') prover.learn(frame.items)
  }
  for (const text of proofs) costs.proofs += timed(() => learn(text))[1]
  return costs
}

function hold(snapshot: Snapshot, records: readonly FleetRecord[]): void {
  const replacement = snapshot.replaceAll()
  replacement.add(records)
  replacement.commit()
}

async function main(): Promise<void> {
  if (!globalThis.gc) throw new Error('start this with --expose-gc')
  const secrets = { peppers: {}, proofKey: '', sessionKeys: [] }
  const { others, texts, proofs, ids } = framesOf()
  const snapshot = createSnapshot({ openSecrets: () => secrets, now: Date.now, log: { error: () => undefined } })
  const prover = createProver({ lane: createLane() })
  const megabytes = millions([...texts, ...proofs].reduce((sum, text) => sum + text.length, 0))
  await settled()
  const costs = receive(snapshot, prover, texts, proofs)
  texts.length = 0
  proofs.length = 0
  const full = await settled()
  const [, using] = timed(() => ids.slice(0, 10_000).map(snapshot.key).length)
  const inUse = await settled()
  hold(snapshot, others)
  const proved = await settled()
  for (const id of ids) prover.forget(id)
  const empty = await settled()
  const heap = (some: Memory, less: Memory) => `${millions(some.heap - less.heap)} MB`
  const ms = (some: number) => `${some.toFixed(0)} ms CPU`
  const rows: [string, string, string][] = [
    ['heap of the keys, none in use', heap(full, proved), '30 MB'],
    ['  outside of the heap', `${millions(full.outside - proved.outside)} MB`, ''],
    ['  with 10,000 in use', heap(inUse, proved), ''],
    ['heap of their proofs', heap(proved, empty), ''],
    [
      `frames of snapshot and proofs (${megabytes} MB) to ready`,
      ms(costs.reading + costs.holding + costs.proofs),
      '600 ms CPU',
    ],
    ['  read and check the keys', ms(costs.reading), ''],
    ['    of it JSON alone', ms(costs.json), ''],
    ['  hold the keys', ms(costs.holding), ''],
    ['  read, check and learn the proofs', ms(costs.proofs), ''],
    ['first use of 10,000 keys', ms(using), ''],
  ]
  process.stdout.write(table([`${count} keys on a gateway`, 'measured', 'goal'], rows))
}

await main()
