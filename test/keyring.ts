import { randomBytes } from 'node:crypto'
import { insertCatalog } from '../src/catalogs/store.ts'
import { createDirectory } from '../src/control/directory.ts'
import { leavingLinks } from '../src/control/leaving-links.ts'
import { policyLinks } from '../src/control/policy-links.ts'
import type { Database, Db } from '../src/db/database.ts'
import type { Effect } from '../src/fleet/schema.ts'
import type { Route, RouteInput } from '../src/http/route.ts'
import { createSigner } from '../src/keys/children/signing.ts'
import { offerClaim } from '../src/keys/claims/offer.ts'
import { hashSecret } from '../src/keys/hash.ts'
import { createLane } from '../src/keys/lane.ts'
import { createProver } from '../src/keys/prove.ts'
import { base62, mint, newId, parseToken } from '../src/keys/token.ts'
import { createActorProof } from '../src/people/actor.ts'
import { firstStart } from '../src/people/first-start.ts'
import type { Actor, Permission, Role } from '../src/people/schema.ts'
import { insertMember } from '../src/people/store.ts'
import { createLastUsed } from '../src/people/tokens/last-used.ts'
import { ok, type Problem, type Result } from '../src/problems.ts'
import { insertProject } from '../src/projects/store.ts'
import { Secret } from '../src/secret.ts'
import { createNamedRows } from './named-rows.ts'
import { createSingleSignOnRig } from './oidc-rig.ts'
import { createSignInRig } from './sign-in-rig.ts'

/** What control's composition hands to people and keys, over a real database, with a clock that stands still. */
export type Keyring = Awaited<ReturnType<typeof createKeyring>>

export const nothingPending: Effect = { acked: [], pending: [], effectiveEverywhereBy: '2026-01-01T00:00:00.000Z' }
export const bootstrapToken = new Secret('a bootstrap tokén of at least 32 characters')

export async function createKeyring(database: Database, root = { id: 'root1', check: 'check1' }) {
  let now = Date.parse('2026-01-01T00:00:00Z')
  const forward = (ms: number): void => {
    now += ms
  }
  const clock = { now: () => now, forward }
  const proofKey = randomBytes(32)
  const secrets = { peppers: new Map([['root1', randomBytes(32)]]), proofKey }
  const lane = createLane()
  const prover = createProver({ lane })
  const pepper = secrets.peppers.get('root1') ?? Buffer.alloc(0)
  type Seconds = number | null | undefined
  const effects: { rowId: number; waitMs: number; maxStalenessSeconds: Seconds; formerSeconds: Seconds }[] = []
  const proofs: { id: string; token: string }[] = []
  const base = {
    database,
    system: database.system,
    read: database.read,
    transaction: database.transaction,
    insertProject,
    insertCatalog,
    newId: (prefix: string) => newId(prefix, randomBytes),
    now: clock.now,
    root,
  }
  const first = await firstStart(base)
  const signIn = createSignInRig(clock)
  const lastUsed = createLastUsed(base)
  /** What a team owns, by its id, and who has left catalogs: the tables of other domains. */
  const teamOwns = new Map<string, { keys: number; apps: number }>()
  const leftCatalogs: string[] = []
  const leave = async (_db: Db, _organization: string, id: string) => {
    leftCatalogs.push(id)
    return ['cat_left']
  }
  const deps = {
    ...base,
    newCode: () => base62(43, randomBytes),
    hash: (_organization: string, id: string, token: Secret) =>
      lane.run(id, () => hashSecret(token.reveal(), pepper, 'root1')),
    directory: createDirectory({ now: clock.now, embedded: [] }),
    mintFor: (kind: 'k' | 'u', id16: string) => mint(kind, randomBytes, id16).secret,
    shareProof: (_organization: string, id: string, _version: number, token: Secret) =>
      void proofs.push({ id, token: token.reveal() }),
    effectOf: async (
      _organization: string,
      rowId: number,
      waitMs: number,
      maxStalenessSeconds?: number | null,
      formerSeconds?: number | null,
    ) => {
      effects.push({ rowId, waitMs, maxStalenessSeconds, formerSeconds })
      return nothingPending
    },
  }
  const prove = createActorProof({
    read: database.system.read,
    parseToken,
    prove: prover.prove,
    secretsOf: () => secrets,
    now: clock.now,
    noteUse: lastUsed.note,
    bootstrap: { token: bootstrapToken, ...first },
  })
  const owner = actorOf(first.organizationId, first.owner.id, 'owner')
  const claimUrl = (code: Secret) => `https://control.example/claim#${code.reveal()}`
  return {
    first,
    owner,
    clock,
    prove,
    secrets,
    prover,
    effects,
    proofs,
    rows: createNamedRows(database, first.organizationId),
    keyDeps: {
      ...deps,
      mint: (kind: 'k' | 'u') => mint(kind, randomBytes),
      offerClaim: offerClaim(deps),
      claimUrl,
      gatewayUrl: () => 'https://gateway.example',
      sign: createSigner({ seedOf: () => proofKey, now: clock.now }).sign,
      issuer: () => 'https://control.example',
      audienceOf: async () => ['https://gateway.example/default'],
    },
    peopleDeps: {
      ...signIn.deps,
      singleSignOn: createSingleSignOnRig(clock),
      ...deps,
      ...leavingLinks({ ...deps, offerClaim: offerClaim(deps), claimUrl }),
      ...policyLinks(deps),
      mint: () => mint('a', randomBytes),
      setupUrl: (code: Secret) => `https://control.example/setup#${code.reveal()}`,
      leaveCatalogs: leave,
      teamLeavesCatalogs: leave,
      renameOwner: async () => {},
      usesOfTeam: async (_db: Db, _organization: string, id: string) => teamOwns.get(id) ?? { keys: 0, apps: 0 },
    },
    lastUsed,
    signIn,
    teamOwns,
    leftCatalogs,
    /** Another person of the same or another organization. */
    addMember: async (role: Role, organizationId = first.organizationId): Promise<Actor> => {
      const id = deps.newId('mem')
      const member = { id, email: `${id}@example.com`, name: role, role, isOperator: false, createdAt: now }
      await database.system.transaction((db) => insertMember(db, organizationId, member))
      return actorOf(organizationId, id, role)
    },
  }
}

export const actorOf = (organizationId: string, memberId: string, role: Role): Actor => ({
  kind: 'member',
  organizationId,
  memberId,
  name: role,
  role,
  scopes: ['*'],
  operator: false,
  credentialId: 'mgt_test',
})

type Given = Partial<Pick<RouteInput<never, never, never>, 'ifMatch'>> & {
  readonly params?: unknown
  readonly query?: unknown
  readonly body?: unknown
}

/** Calls a route as control does: its schemas parse the input before and check the answer after. */
export const callRoute =
  (routes: readonly Route<Actor, Permission>[]) =>
  async (actor: Actor, call: string, { params, query, body, ifMatch = null }: Given = {}): Promise<Result<unknown>> => {
    const route = routes.find(({ method, path }) => `${method} ${path}` === call)
    if (!route) throw new Error(`there is no ${call}`)
    const parts = [
      route.params?.safeParse(params ?? {}),
      route.query?.safeParse(query ?? {}),
      route.body?.safeParse(body ?? {}),
    ]
    const errors = parts.flatMap((part) => part?.error?.issues ?? [])
    if (errors.length > 0) return { ok: false, problem: invalid(errors) }
    const [p, q, b] = parts.map((part) => part?.data)
    const requestId = 'req_AAAABBBBCCCCDDDD'
    const browser = { cookie: null, userAgent: '', isProxy: false, setCookie: () => {} }
    const asked = { params: p, query: q, body: b, requestId, address: '127.0.0.1', ifMatch, browser }
    const answer = await route.handle(actor, asked)
    return answer.ok ? ok(route.output.parse(answer.value)) : answer
  }

const invalid = (issues: readonly { path: readonly PropertyKey[]; message: string }[]): Problem => ({
  code: 'invalid',
  detail: '',
  errors: issues.map(({ path, message }) => ({ pointer: `/${path.map(String).join('/')}`, detail: message })),
})

/** The answer of a call that has to succeed. */
export function granted<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.problem)}`)
  return result.value
}
export const codeOf = (result: Result<unknown>): string | null => (result.ok ? null : result.problem.code)
