import { sql } from 'kysely'
import { expect, test } from 'vitest'
import type { AuditAction } from '../src/audit/schema.ts'
import type { Database } from '../src/db/database.ts'
import { Scope } from '../src/keys/schema.ts'
import { codeOf } from './keyring.ts'
import type { Json } from './product.ts'
import { onEachStore } from './stores.ts'
import { mutations } from './tenants/mutations.ts'
import { createWholeSurface } from './whole-surface.ts'

type Kind = 'member' | 'team' | 'catalog' | 'server' | 'provider' | 'project' | 'key' | 'app'
const kinds: readonly Kind[] = ['member', 'team', 'catalog', 'server', 'provider', 'project', 'key', 'app']

/** What a race may be refused with: an argument, never an accident, and never `stale` where nobody sent If-Match. */
const arguable = new Set([
  ...['invalid', 'not_found', 'slug_taken', 'in_use', 'last_owner', 'app_has_key', 'key_is_revoked'],
  ...['environment_mixed', 'confirmation_needed', 'busy'],
])
const [workers, callsEach] = [10, 40]

/** The same calls in the same order for the same seed; how they meet is the store's matter. */
const dice = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** One call of many, on things that others change or remove at the same moment. */
function randomCall(roll: (below: number) => number, known: ReadonlyMap<Kind, readonly string[]>, n: string) {
  // One of the last few, so that they meet.
  const one = (kind: Kind): string => {
    const ids = known.get(kind) ?? []
    return ids[ids.length - 1 - roll(Math.min(ids.length, 6))] ?? 'none'
  }
  const some = (kind: Kind): string[] => [...new Set([one(kind), one(kind)])].slice(roll(2))
  const tier = () => ['development', 'staging', 'production'][roll(3)]
  const owner = () => [{ type: 'team', id: one('team') }, { type: 'app', id: one('app') }, undefined][roll(3)]
  const url = 'https://upstream.example.test/v1'
  const transport = [
    { type: 'http', url },
    { type: 'stdio', command: 'run', env: { TOKEN: n } },
  ][roll(2)]
  const audience = () => ({ teams: some('team'), members: some('member') })
  const content = () => ({ servers: some('server'), providers: some('provider'), audience: audience() })
  const bodies: Record<string, () => object> = {
    'POST member': () => ({ email: `${n}@example.com`, role: ['owner', 'admin', 'member'][roll(3)] }),
    'PATCH member': () => [{ name: n }, { role: ['owner', 'member'][roll(2)] }][roll(2)] ?? {},
    'POST team': () => ({ slug: n, members: some('member') }),
    'PATCH team': () => [{ members: some('member') }, { slug: n, name: n }][roll(2)] ?? {},
    'POST catalog': () => ({ slug: n, ...content() }),
    'PATCH catalog': content,
    'POST server': () => ({ slug: n, transport, project: one('project'), catalogs: some('catalog') }),
    'PATCH server': () => [{ slug: n }, { transport: { type: 'http', url }, credential: null }][roll(2)] ?? {},
    'POST provider': () => ({
      slug: n,
      dialect: 'openai',
      baseUrl: url,
      credential: { value: n },
      catalogs: some('catalog'),
    }),
    'PATCH provider': () => [{ slug: n }, { credential: { value: n } }][roll(2)] ?? {},
    'POST project': () => ({ slug: n, tier: tier() }),
    'PATCH project': () => [{ tier: tier(), confirm: true }, { default: true }, { slug: n }][roll(3)] ?? {},
    'POST key': () => ({
      name: n,
      owner: owner(),
      mcp: { servers: { mode: 'all' } },
      ...(roll(2) ? {} : { projects: some('project') }),
    }),
    'PATCH key': () =>
      [{ projects: some('project') }, { name: n }, { mcp: { servers: { mode: 'all' } } }][roll(3)] ?? {},
    'POST app': () => ({ name: n, owner: { type: 'team', id: one('team') }, project: one('project') }),
    'PATCH app': () => [{ name: n }, { owner: { type: 'team', id: one('team') } }][roll(2)] ?? {},
  }
  const kind = kinds[roll(kinds.length)] ?? 'key'
  const method = ['POST', 'PATCH', 'PATCH', 'DELETE', 'POST'][roll(5)] ?? 'POST'
  if (kind === 'app' && roll(3) === 0)
    return { kind, line: 'POST /apps/:id/regenerate-key', params: { id: one('app') }, body: {} }
  if (kind === 'key' && method === 'DELETE' && roll(2) === 0)
    return { kind, line: 'POST /keys/:id/revoke', params: { id: one('key') }, body: {} }
  const params = method === 'POST' ? {} : { id: one(kind) }
  const line = `${method} /${kind}s${method === 'POST' ? '' : '/:id'}`
  return { kind, line, params, body: bodies[`${method} ${kind}`]?.() }
}

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
    const worker = async (number: number): Promise<void> => {
      const roll = dice(seed + number)
      for (let n = 0; n < callsEach; n += 1) {
        const { kind, line, params, body } = randomCall(roll, known, `r-${number}-${n}`)
        try {
          const answer = await surface.call(surface.owner, line, { params, body })
          const code = codeOf(answer)
          if (code !== null && !arguable.has(code)) strange.push(`${line} ${JSON.stringify(body)}: ${code}`)
          if (!answer.ok) continue
          count(mutations[line])
          if (line === 'POST /apps') count('key.created')
          if (line.startsWith('POST /') && !line.includes(':')) known.get(kind)?.push(answer.value[kind].id)
          if (line.startsWith('DELETE')) known.set(kind, known.get(kind)?.filter((id) => id !== params.id) ?? [])
        } catch (error) {
          strange.push(`${line} ${JSON.stringify(body)}: ${error}`)
        }
      }
    }
    await Promise.all(Array.from({ length: workers }, (_, number) => worker(number)))
    expect(strange, `seed ${seed}`).toEqual([])
    expect([...told.values()].reduce((sum, n) => sum + n, 0)).toBeGreaterThan(100)
    await agrees(database, told, `seed ${seed}`)
    const held = await surface.snapshot()
    const live = await rowsOf(database, `select id from servers where state = 'active'`)
    expect(held.filter((record) => record.kind === 'server').length, `seed ${seed}`).toBe(live.length)
  }, 60_000)
})

const rowsOf = async ({ system }: Database, text: string): Promise<Json[]> =>
  system.read(async (db) => (await sql.raw<Json>(text).execute(db)).rows)

async function agrees(database: Database, told: ReadonlyMap<AuditAction, number>, seed: string): Promise<void> {
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
  const named = Map.groupBy(await rows('select key_id, project_id from key_projects'), ({ key_id }) => key_id)
  for (const { id, state, scope } of await rows('select id, state, scope from keys')) {
    const projects = state === 'deleted' ? [] : Scope.parse(JSON.parse(scope)).projects.toSorted()
    const held = (named.get(id) ?? []).map(({ project_id }: Json) => project_id).toSorted()
    expect(held, `${seed}: ${id}`).toEqual(projects)
  }
  const events = await rows('select action, count(*) as n from audit_events group by action')
  const written = new Map<AuditAction, number>(events.map(({ action, n }) => [action, Number(n)]))
  const deleted = await rows(`select id from keys where state = 'deleted'`)
  expect(written.get('key.deleted') ?? 0, seed).toBe(deleted.length)
  // Ended twice it is answered twice and told once; the key of an app ends with it; a default is taken from another.
  const countedApart: readonly AuditAction[] = ['key.revoked', 'key.deleted', 'project.updated', 'installation.created']
  for (const action of new Set([...told.keys(), ...written.keys()]))
    if (!countedApart.includes(action)) expect([action, written.get(action)], seed).toEqual([action, told.get(action)])
}
