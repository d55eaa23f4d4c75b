import type { Database } from '../src/db/database.ts'
import { runRotations, type ScheduleDeps } from '../src/keys/rotation/schedule/engine.ts'
import { leaseMs } from '../src/keys/rotation/schedule/start.ts'
import type { KeyPolicies } from '../src/people/policies/schema.ts'
import { ok, type Result } from '../src/problems.ts'
import { bodyOf } from '../src/webhooks/deliver.ts'
import { nothingPending } from './keyring.ts'
import { createRotationRig, type Made } from './rotation-rig.ts'

/** Scheduled rotations over a real store: lives of controls that may end anywhere, and a receiver that keeps what it gets. */
export type ScheduleRig = Awaited<ReturnType<typeof createScheduleRig>>
export type Deliver = ScheduleDeps['deliverNow']
type Received = { readonly type: string; readonly data: { key: { id: string }; version: number; secret: string } }

export const webhook = 'whk_1111111111111111'
export const dayMs = 86_400_000
/** Of a schedule of ten days: later than any of them is due. */
export const dueMs = 10.5 * dayMs + 1

export async function createScheduleRig(database: Database) {
  const rig = await createRotationRig(database)
  const received: Received[] = []
  let boots = 0
  const receive: Deliver = async (_organization, _webhook, message) => {
    received.push(JSON.parse(bodyOf(message)))
    return ok({ status: 204 })
  }
  await database.transaction(rig.organizationId, (db) =>
    db
      .insertInto('webhooks')
      .values({
        organization_id: rig.organizationId,
        id: webhook,
        name: 'vault',
        url: 'https://receiver.example.test/',
        events: '[]',
        secret_blob: 'sealed',
        state: 'active',
        created_at: 1,
        created_by: 'test',
        failing_since: null,
        revision: 1,
      })
      .execute(),
  )
  /** A life of a control; `around` may change what it works with. */
  const life = (around: (deps: ScheduleDeps) => ScheduleDeps = (deps) => deps) => {
    boots += 1
    const effectOf = async () => nothingPending
    return runRotations(around({ ...rig.keyDeps, effectOf, deliverNow: receive, boot: `boot_${boots}` }))
  }
  return {
    ...rig,
    received,
    receive,
    life,
    /** One look of a new life at everything. */
    tick: (around?: (deps: ScheduleDeps) => ScheduleDeps) => life(around)(() => false),
    /** As if there had been nothing: keys have ended, and the hour of whatever was rotated is over. */
    settled: async (): Promise<void> => {
      received.length = 0
      rig.clock.forward(dayMs)
      await database.system.transaction(async (db) => {
        await db.updateTable('keys').set({ state: 'revoked' }).execute()
        await db.updateTable('rotations').set({ state: 'undone', ended_at: 1 }).where('ended_at', 'is', null).execute()
        await db.updateTable('organizations').set({ policies: '{}' }).execute()
      })
    },
    afterLease: () => rig.clock.forward(leaseMs),
    /** Due ten days from now, more or less. */
    scheduled: (body: object = {}, rotation: object = {}): Promise<Made> =>
      rig.make({ rotation: { everyDays: 10, deliverTo: webhook, graceSeconds: 60, ...rotation }, ...body }),
    secretsFor: (id: string) => received.filter(({ data }) => data.key.id === id).map(({ data }) => data.secret),
    policies: (policies: Partial<KeyPolicies>) =>
      database.system.transaction((db) =>
        db
          .updateTable('organizations')
          .set({ policies: JSON.stringify(policies) })
          .where('id', '=', rig.organizationId)
          .execute(),
      ),
    /** Every text of every table that any of this writes. */
    everythingStored: (): Promise<string> =>
      database.system.read(async (db) => {
        const tables = ['keys', 'secret_versions', 'rotations', 'audit_events', 'changes', 'key_warnings'] as const
        const rows: unknown[] = []
        for (const table of tables) rows.push(await db.selectFrom(table).selectAll().execute())
        return JSON.stringify(rows)
      }),
  }
}

export const failing =
  (problem: Result<never>): Deliver =>
  async () =>
    problem
