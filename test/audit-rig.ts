import { type RawBuilder, sql } from 'kysely'
import { signerOf } from '../src/audit/checkpoint.ts'
import { type CheckpointKeeper, createCheckpointKeeper } from '../src/audit/checkpoints/keep.ts'
import { auditRoutes } from '../src/audit/routes.ts'
import { insertEvent, type NewEvent, seal } from '../src/audit/store.ts'
import { type Anchor, createVerifier, type Report } from '../src/audit/verifier.ts'
import type { Database } from '../src/db/database.ts'
import type { Download } from '../src/http/route.ts'
import type { Actor } from '../src/people/schema.ts'
import type { Result } from '../src/problems.ts'
import { actorOf, callRoute, granted } from './keyring.ts'
import { addOrganization } from './stores.ts'

/** Two organizations whose audit logs are written, signed, read and tampered with as control and its enemies do it. */

export const [one, two] = ['org_0000000000000001', 'org_0000000000000002'] as const
export const reader: Actor = { ...actorOf(one, 'mem_1', 'owner'), name: 'Ada', address: '203.0.113.7' }
export const hourMs = 3_600_000

export const eventOf = (n: number, more: Partial<NewEvent> = {}): NewEvent => ({
  id: `evt_${String(n).padStart(16, '0')}`,
  at: n * 1_000,
  actor: { kind: 'member', id: 'mem_1', name: 'Ada' },
  action: 'key.created',
  subject: { kind: 'key', id: `key_${n}`, name: 'ci' },
  requestId: `req_${n}`,
  ...more,
})

export type AuditRig = Awaited<ReturnType<typeof createAuditRig>>

export async function createAuditRig(database: Database) {
  await addOrganization(database, one, 'one')
  await addOrganization(database, two, 'two')
  const clock = { now: Date.parse('2026-01-01T00:00:00Z') }
  const now = () => clock.now
  const seeds = new Map([one, two].map((organization, at) => [organization as string, Buffer.alloc(32, at + 1)]))
  const signer = (organization: string) => signerOf(seeds.get(organization) ?? Buffer.alloc(32))
  const said: { level: string; fields: object; message: string }[] = []
  const say = (level: string) => (fields: object, message: string) => void said.push({ level, fields, message })
  const log = { info: say('info'), error: say('error') }
  let last = 0
  const newId = (prefix: string) => {
    last += 1
    return `${prefix}_R${String(last).padStart(15, '0')}`
  }
  const routes = () => callRoute(auditRoutes({ ...database, newId, now, signerOf: signer }))
  const call = routes()
  const system = (statement: RawBuilder<unknown>) => database.system.transaction((db) => statement.execute(db))
  const sealAll = () => database.system.transaction(seal)
  const exported = async (query: Record<string, string> = {}, actor = reader): Promise<string> => {
    const download = granted((await call(actor, 'GET /audit-events/export', { query })) as Result<Download>)
    let text = ''
    for await (const chunk of download.chunks) text += chunk
    return text
  }
  return {
    database,
    clock,
    said,
    signer,
    call,
    /** As another control on the same store, or the same one after its restart. */
    restarted: routes,
    sealAll,
    record: (event: NewEvent, organization: string = one) =>
      database.transaction(organization, (db) => insertEvent(db, organization, event)),
    /** Events of the last minutes, sealed. */
    fill: async (count: number, organization: string = one) => {
      // In pieces: a unit of work has five seconds, and this machine has more to do.
      for (let begun = 0; begun < count; begun += 200)
        await database.transaction(organization, async (db) => {
          for (let n = begun + 1; n <= Math.min(count, begun + 200); n += 1)
            await insertEvent(db, organization, eventOf(n, { id: newId('evt'), at: clock.now, after: { n } }))
        })
      for (let sealed = 500; sealed === 500; ) sealed = await sealAll()
    },
    keeper: (): CheckpointKeeper => createCheckpointKeeper({ system: database.system, signerOf: signer, now, log }),
    exported,
    linesOf: async (query: Record<string, string> = {}): Promise<unknown[]> => linesIn(await exported(query)),
    verified: async (known: { keys?: string[]; anchors?: Anchor[] } = {}): Promise<Report> =>
      reportOn(linesIn(await exported()), known),
    /** What somebody does who can write the database. */
    tamper: system,
    rename: (id: string, after: string) => sql`update audit_events set after = ${after} where id = ${id}`,
    /** Its store takes nothing any more. */
    withoutWriting: () =>
      callRoute(
        auditRoutes({
          ...database,
          transaction: () => Promise.reject(new Error('no writer')),
          newId,
          now,
          signerOf: signer,
        }),
      ),
  }
}

export const linesIn = (text: string): unknown[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))

export function reportOn(lines: readonly unknown[], known: { keys?: string[]; anchors?: Anchor[] } = {}): Report {
  const verifier = createVerifier({ keys: known.keys ?? null, anchors: known.anchors ?? [] })
  for (const line of lines) if (!verifier.take(line)) break
  return verifier.end()
}

export const removeEvent = (seq: number) =>
  sql`delete from audit_events where organization_id = ${one} and seq = ${seq}`
