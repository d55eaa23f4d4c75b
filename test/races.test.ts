import { expect, test } from 'vitest'
import type { AuditAction } from '../src/audit/schema.ts'
import { untilCurrent } from '../src/db/contended.ts'
import type { CallRecord } from '../src/fleet/records/schema.ts'
import { ok } from '../src/problems.ts'
import { addRecords } from '../src/usage/take.ts'
import { codeOf } from './keyring.ts'
import type { Json } from './product.ts'
import { agrees, rowsOf } from './races/agreement.ts'
import { dice, type Kind, kinds, randomCall } from './races/random-call.ts'
import { call } from './spool-rig.ts'
import { onEachStore } from './stores.ts'
import { mutations } from './tenants/mutations.ts'
import { createWholeSurface } from './whole-surface.ts'

/** What a race may be refused with: an argument, never an accident, and never `stale` where nobody sent If-Match. */
const arguable = new Set([
  ...['invalid', 'not_found', 'slug_taken', 'in_use', 'last_owner', 'app_has_key', 'key_is_revoked', 'claim_used'],
  ...['environment_mixed', 'confirmation_needed', 'busy', 'not_permitted', 'owner_left'],
])
const [workers, callsEach, reportsEach] = [10, 100, 25]

const recordOf = (seq: number, organization: string, key: string, version: number): CallRecord => ({
  ...call(`req_${seq}`, { organization, key, version, client: 'race/1', address: '192.0.2.7' }),
  seq,
  at: 1_767_225_600_000,
})

onEachStore('many who change everything at once', (open) => {
  test('G7 meet no accident, and leave nothing that contradicts itself', async () => {
    const database = await open()
    const surface = await createWholeSurface(database)
    const known = new Map<Kind, string[]>(kinds.map((kind) => [kind, []]))
    const told = new Map<AuditAction, number>()
    const count = (action: AuditAction | undefined) => action && told.set(action, (told.get(action) ?? 0) + 1)
    for (const line of ['members', 'projects', 'catalogs'] as const) {
      const { items } = await surface.ask(`GET /${line}`)
      known.get(line.slice(0, -1) as Kind)?.push(...items.map(({ id }: Json) => id))
    }
    const seed = Number(process.env['OSTIARY_RACE_SEED'] ?? Math.floor(Math.random() * 1e9))
    const strange: string[] = []
    const gone = (kind: Kind, id: string | undefined) =>
      known.set(kind, known.get(kind)?.filter((one) => one !== id) ?? [])
    const learn = (kind: Kind, line: string, { id }: Record<string, string>, value: Json): void => {
      if (line.startsWith('DELETE') && !line.includes('/:id/')) gone(kind, id)
      for (const made of [value[kind], ...(value.results ?? []), value.replacement?.key])
        if (made?.id?.includes('_') && !known.get(kind)?.includes(made.id)) known.get(kind)?.push(made.id)
      for (const { key, claim } of [value, value.replacement ?? {}])
        if (claim) known.get('code')?.push(`${key.owner.id} ${new URL(claim.url).hash.slice(1)}`)
      if (value.access_token) known.get('child')?.push(`${value.child.key} ${value.child.id}`)
    }
    /** A gateway, which tells of calls with keys that others end at the same moment. */
    const reporter = async (number: number): Promise<void> => {
      const roll = dice(seed - number)
      let last = 0
      for (let seq = 1; seq <= reportsEach; seq += 1) {
        const keys = (known.get('key') ?? []).slice(-20)
        const calls = keys.flatMap((key) => Array<string>(1 + roll(5)).fill(key))
        if (calls.length === 0) continue
        const records = calls.map((key, at) => recordOf(last + 1 + at, surface.organizationId, key, 1 + roll(3)))
        const report = { gateway: 'gwy_EEEEEEEEEEEEEEEE', boot: `boot-${number}`, confirmed: last, records }
        last += records.length
        const added = await untilCurrent(null, async () =>
          ok(await database.system.transaction((db) => addRecords(db, report, surface.clock.now))),
        )
        if (!added.ok || added.value === null) strange.push(`report ${seq} of ${number} was not taken`)
      }
    }
    const worker = async (number: number): Promise<void> => {
      const roll = dice(seed + number)
      for (let n = 0; n < callsEach; n += 1) {
        const { kind, line, params, body, as } = randomCall(roll, known, `r-${number}-${n}`)
        try {
          const answer = await surface.call(as ? { ...surface.owner, memberId: as } : surface.owner, line, {
            params,
            body,
          })
          const code = codeOf(answer)
          if (code !== null && !arguable.has(code)) strange.push(`${line} ${JSON.stringify(body)}: ${code}`)
          if (!answer.ok) continue
          count(mutations[line])
          learn(kind, line, params, answer.value)
        } catch (error) {
          strange.push(`${line} ${JSON.stringify(body)}: ${error}`)
        }
      }
    }
    const reporters = [1, 2].map((number) => reporter(number))
    await Promise.all([...Array.from({ length: workers }, (_, number) => worker(number)), ...reporters])
    expect(strange, `seed ${seed}`).toEqual([])
    expect([...told.values()].reduce((sum, n) => sum + n, 0)).toBeGreaterThan(100)
    await agrees(database, told, `seed ${seed}`)
    const held = await surface.snapshot()
    const live = await rowsOf(database, `select id from servers where state = 'active'`)
    expect(held.filter((record) => record.kind === 'server').length, `seed ${seed}`).toBe(live.length)
  }, 120_000)
})
