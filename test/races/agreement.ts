import { sql } from 'kysely'
import { expect } from 'vitest'
import type { AuditAction } from '../../src/audit/schema.ts'
import type { Database } from '../../src/db/database.ts'
import { Scope } from '../../src/keys/schema.ts'
import { itemsOf } from '../../src/keys/scope.ts'
import type { Json } from '../product.ts'

export const rowsOf = async ({ system }: Database, text: string): Promise<Json[]> =>
  system.read(async (db) => (await sql.raw<Json>(text).execute(db)).rows)

export async function agrees(database: Database, told: ReadonlyMap<AuditAction, number>, seed: string): Promise<void> {
  const rows = (text: string) => rowsOf(database, text)
  expect(await rows(`select id from projects where is_default = 1 and state = 'active'`), seed).toHaveLength(1)
  expect(await rows(`select id from projects where is_default = 1`), seed).toHaveLength(1)
  expect((await rows(`select id from members where role = 'owner' and state = 'active'`)).length).toBeGreaterThan(0)
  expect(
    await rows(`select a.id, k.id as key from apps a join keys k on k.owner_id = a.id and k.state in ('active', 'suspended')
      where a.state = 'deleted' or a.key_id is null or a.key_id <> k.id`),
    `${seed}: a live key that its app does not name`,
  ).toEqual([])
  expect(
    await rows(`select m.team_id, m.member_id from team_members m join members p on p.id = m.member_id
      join teams t on t.id = m.team_id where p.state <> 'active' or t.state <> 'active'`),
    `${seed}: somebody who is gone is in a team`,
  ).toEqual([])
  expect(
    await rows(
      `select k.id from keys k join teams t on t.id = k.owner_id where t.state = 'deleted' and k.state = 'active'`,
    ),
    `${seed}: a live key of a team that is gone`,
  ).toEqual([])
  for (const of of ['servers', 'providers', 'apps'])
    expect(
      await rows(
        `select x.id from ${of} x join projects p on p.id = x.project_id where x.state = 'active' and p.state <> 'active'`,
      ),
      `${seed}: ${of} in a project that is gone`,
    ).toEqual([])
  await keysAgree(database, seed)
  const events = await rows('select action, count(*) as n from audit_events group by action')
  const written = new Map<AuditAction, number>(events.map(({ action, n }) => [action, Number(n)]))
  const count = async (text: string) => Number((await rows(`select count(*) as n from ${text}`))[0].n)
  for (const [action, from] of [
    ['key.created', 'keys'],
    ['key.deleted', `keys where state = 'deleted'`],
    ['key.claimed', 'key_claims where used_at is not null'],
    ['key.claim-created', 'key_claims'],
    ['child.created', 'children'],
    ['child.revoked', 'children where revoked_at is not null'],
  ] as const)
    expect([action, written.get(action) ?? 0], seed).toEqual([action, await count(from)])
  for (const action of ['key.rotated', 'key.suspended', 'child.created'] as const)
    expect([action, written.get(action) ?? 0], seed).toEqual([action, expect.toSatisfy((n: number) => n > 0)])
  // Done twice it is answered twice and told once, and some are told with others; a default is taken from another.
  const isCountedApart = (action: AuditAction) =>
    /^(key|keys|child|audit|invitation)\./.test(action) || ['project.updated', 'installation.created'].includes(action)
  for (const action of new Set([...told.keys(), ...written.keys()]))
    if (!isCountedApart(action)) expect([action, written.get(action)], seed).toEqual([action, told.get(action)])
}

/** What stands beside a key says the same as its row, and no key has more of anything than one may have. */
async function keysAgree(database: Database, seed: string): Promise<void> {
  const rows = (text: string) => rowsOf(database, text)
  const beside = async (table: string, column: string) =>
    Map.groupBy(await rows(`select key_id, ${column} as held from ${table}`), ({ key_id }) => key_id)
  const projects = await beside('key_projects', 'project_id')
  const servers = await beside('key_servers', 'server_id')
  const tags = await beside('key_tags', 'tag')
  const names = await beside('key_names', 'name')
  const requests = new Map<string, number>()
  for (const { id, name, state, scope, tags: worn, owner_id, requests: served } of await rows('select * from keys')) {
    const said = Scope.parse(JSON.parse(scope))
    const isThere = state !== 'deleted'
    for (const [what, held, of] of [
      ['projects', projects, said.projects],
      ['servers', servers, itemsOf(said.mcp.servers)],
      ['tags', tags, JSON.parse(worn)],
    ] as const) {
      const found = (held.get(id) ?? []).map((row: Json) => row.held).toSorted()
      expect(found, `${seed}: ${what} of ${id}`).toEqual(isThere ? of.toSorted() : [])
    }
    expect((names.get(id) ?? []).length, `${seed}: ${name}`).toBe(isThere ? 1 : 0)
    if (isThere) requests.set(owner_id, (requests.get(owner_id) ?? 0) + Number(served))
  }
  const counted = await rows('select owner_id, requests from owner_requests')
  for (const { owner_id, requests: sum } of counted)
    expect([owner_id, Number(sum)], seed).toEqual([owner_id, requests.get(owner_id) ?? 0])
  for (const [owner, sum] of requests)
    if (sum > 0)
      expect(
        counted.map(({ owner_id }) => owner_id),
        seed,
      ).toContain(owner)
  const perKey = (from: string, most: number) =>
    rows(`select key_id from ${from} group by key_id having count(*) > ${most}`)
  const now = Date.parse('2026-01-01T00:00:00Z')
  expect(
    await perKey(`secret_versions where valid_until is null or valid_until > ${now}`, 2),
    `${seed}: secrets`,
  ).toEqual([])
  expect(await perKey('secret_versions where valid_until is null', 1), `${seed}: endless secrets`).toEqual([])
  const openRotation = `rotations where state in ('planned', 'delivering', 'draining')`
  expect(await perKey(openRotation, 1), `${seed}: rotations`).toEqual([])
  expect(await perKey('key_claims where used_at is null and withdrawn_at is null', 1), `${seed}: claims`).toEqual([])
}
