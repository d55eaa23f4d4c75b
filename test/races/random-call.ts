/** What workers know of: `code` and `child` are what a key was answered with. */
export type Kind = (typeof changed)[number] | 'key' | 'code' | 'child'
const changed = ['member', 'team', 'catalog', 'server', 'provider', 'project', 'app'] as const
export const kinds: readonly Kind[] = [...changed, 'key', 'code', 'child']

/** The same calls in the same order for the same seed; how they meet is the store's matter. */
export const dice = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

type Roll = (below: number) => number
type One = (kind: Kind) => string
export type Sent = {
  readonly kind: Kind
  readonly line: string
  readonly params: Record<string, string>
  readonly body?: object | undefined
  /** Id of the member who calls; else the owner of the organization does. */
  readonly as?: string | undefined
}

/** One call of many, on things that others change or remove at the same moment. */
export function randomCall(roll: Roll, known: ReadonlyMap<Kind, readonly string[]>, n: string): Sent {
  // One of the last few, so that they meet.
  const one: One = (kind) => {
    const ids = known.get(kind) ?? []
    return ids[ids.length - 1 - roll(Math.min(ids.length, 6))] ?? 'none'
  }
  if (roll(2) === 0) return keyCall(roll, one, n)
  const some = (kind: Kind): string[] => [...new Set([one(kind), one(kind)])].slice(roll(2))
  const tier = () => ['development', 'staging', 'production'][roll(3)]
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
    'POST app': () => ({ name: n, owner: { type: 'team', id: one('team') }, project: one('project') }),
    'PATCH app': () => [{ name: n }, { owner: { type: 'team', id: one('team') } }][roll(2)] ?? {},
  }
  const kind = changed[roll(changed.length)] ?? 'team'
  const method = ['POST', 'PATCH', 'PATCH', 'DELETE', 'POST'][roll(5)] ?? 'POST'
  if (kind === 'app' && roll(3) === 0)
    return { kind, line: 'POST /apps/:id/regenerate-key', params: { id: one('app') }, body: {} }
  const params: Record<string, string> = method === 'POST' ? {} : { id: one(kind) }
  const line = `${method} /${kind}s${method === 'POST' ? '' : '/:id'}`
  return { kind, line, params, body: bodies[`${method} ${kind}`]?.() }
}

/** One call on the life of a key; half of all are. */
function keyCall(roll: Roll, one: One, n: string): Sent {
  const id = one('key')
  const owners = [
    { type: 'team', id: one('team') },
    { type: 'app', id: one('app') },
    { type: 'member', id: one('member') },
    undefined,
  ]
  const mcp = () => ({ servers: [{ mode: 'all' }, { mode: 'only', items: [one('server'), one('server')] }][roll(2)] })
  const fresh = () => ({
    name: n,
    owner: owners[roll(4)],
    mcp: mcp(),
    tags: ['first', n].slice(roll(2)),
    ...(roll(2) ? {} : { projects: [one('project')] }),
    ...(roll(4) ? {} : { rotation: { everyDays: 30 } }),
  })
  const patches: (() => object)[] = [
    () => ({ name: n }),
    () => ({ projects: [one('project'), one('project')] }),
    () => ({ mcp: mcp() }),
    () => ({ tags: ['first', n] }),
    () => ({ active: roll(2) === 0 }),
    () => ({ metadata: { n } }),
    () => ({ rotation: [null, { everyDays: 30 }][roll(2)] }),
  ]
  const mode = ['immediate', 'grace', 'on-first-use', 'grace'][roll(4)]
  const keys = [...new Set([one('key'), one('key'), one('key')])]
  const action = ['suspend', 'resume', 'suspend', 'resume', 'tag', 'tag', 'revoke', 'delete'][roll(8)]
  const [owner = '', code] = one('code').split(' ')
  const calls: readonly (readonly [line: string, body?: () => object | undefined])[] = [
    ...Array(5).fill(['POST /keys', fresh]),
    ['PATCH /keys/:id', () => patches[roll(patches.length)]?.()],
    ['PATCH /keys/:id', () => patches[roll(patches.length)]?.()],
    ['POST /keys/:id/suspend', () => ({ reason: n })],
    ['POST /keys/:id/resume', () => ({})],
    ...Array(4).fill(['POST /keys/:id/rotate', () => ({ mode })]),
    ...Array(2).fill(['POST /keys/:id/rotation/finish', () => ({})]),
    ...Array(2).fill(['POST /keys/:id/rotation/undo', () => ({})]),
    ['POST /keys/:id/duplicate', () => ({})],
    ['POST /keys/:id/replacement', () => ({})],
    ['POST /keys/:id/compromise', () => ({})],
    ['POST /keys/:id/revoke', () => ({})],
    ['DELETE /keys/:id'],
    ['POST /keys/:id/claim', () => ({})],
    ['DELETE /keys/:id/claim'],
    ['POST /claims', () => ({ code })],
    ['POST /claims', () => ({ code })],
    ...Array(3).fill(['POST /keys/:id/children', () => ({ ttlSeconds: 60 })]),
    ['DELETE /keys/:id/children/:child'],
    ['POST /keys/bulk', () => ({ action, keys, ...(action === 'tag' ? { tags: [n] } : {}) })],
    ['POST /keys/import', () => ({ keys: [fresh(), fresh()] })],
  ]
  const [line, body] = calls[roll(calls.length)] ?? ['POST /keys', fresh]
  const [ofChild = id, child = 'none'] = one('child').split(' ')
  const params = line.includes('/:child') ? { id: ofChild, child } : { id }
  const as = line === 'POST /claims' && owner.startsWith('mem_') ? owner : undefined
  return { kind: 'key', line, params: line.includes(':id') ? params : {}, body: body?.(), as }
}
