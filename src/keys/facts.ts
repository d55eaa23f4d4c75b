import type { Db } from '../db/database.ts'
import { knownForm } from '../http/lists.ts'
import { reachOf } from '../people/may.ts'
import type { Actor } from '../people/schema.ts'
import type { Directory, Named, NamedOwner, NamedProject, Reached, Resolve } from './directory.ts'
import { asksForProjects } from './plan.ts'
import type { RotationSchedule } from './rotation/schedule/schema.ts'
import { displayName, type KeyPatch, type Scope } from './schema.ts'
import { type Facts, itemsOf, projectsOf, type ScopeInput } from './scope.ts'

export type Asking = {
  readonly actor: Actor
  readonly owner: Pick<NamedOwner, 'type' | 'project' | 'granted'>
  /** What the key may do already; null: it is new. */
  readonly before: Scope | null
  /** What the key may do that it will be a copy of. */
  readonly copied?: Scope | undefined
  /** The schedule that it has already, or that is copied. */
  readonly schedule?: RotationSchedule | null | undefined
}

/** Looks up what an input names, and nothing that it does not touch. Inside a unit of work. */
type Input = ScopeInput & Pick<KeyPatch, 'rotation'>
export async function factsFor(directory: Directory, db: Db, asking: Asking, input: Input): Promise<Facts> {
  const { organizationId } = asking.actor
  const look = <T extends Named>(resolve: Resolve<T>, names: readonly string[]) =>
    names.length === 0 ? new Map<string, T>() : resolve(db, organizationId, [...new Set(names)])
  const place = await placeOf(directory, db, asking, input)
  const servers = [...itemsOf(input.mcp?.servers), ...Object.keys(input.mcp?.tools ?? {})].filter(isIdOrSlug)
  const providers = itemsOf(input.llm?.providers).filter(isIdOrSlug)
  const gateways = itemsOf(input.gateways).filter(isName)
  const had = asking.before ?? asking.copied
  const held = new Set(had ? namedIn(had) : [])
  const isNaming = place.open.length + servers.length + providers.length > 0
  const mayName = isNaming ? await nameable(directory, db, asking.actor, held) : () => false
  return {
    ...place,
    open: place.open.filter(({ id }) => mayName('servers', id)),
    servers: named(await look(directory.servers, servers), (id) => mayName('servers', id), servers, held),
    providers: named(await look(directory.providers, providers), (id) => mayName('providers', id), providers, held),
    tiers: await tiersOf(directory, db, asking, place),
    isSelfService: asking.actor.role === 'member',
    granted: asking.owner.granted,
    webhook: await webhookOf(directory, db, asking, input),
    gateways: named(await look(directory.gateways, gateways), () => true, gateways, held),
  }
}

/** The organization's webhooks are not a member's to name; one that the schedule has already may stay. */
async function webhookOf(
  directory: Directory,
  db: Db,
  { actor, schedule }: Asking,
  { rotation }: Input,
): Promise<string | null> {
  const asked = rotation?.deliverTo ?? ''
  return asked !== '' && schedule?.deliverTo === asked ? asked : webhookNamed(directory, db, actor, asked)
}

/** Null: there is none for whoever asks. */
export async function webhookNamed(
  directory: Pick<Directory, 'webhook'>,
  db: Db,
  { role, organizationId }: Actor,
  asked: string,
): Promise<string | null> {
  const id = knownForm(asked)
  if (id === '' || reachOf(role, 'webhooks:read') !== 'all') return null
  return (await directory.webhook(db, organizationId, id))?.id ?? null
}

/** Of the projects that the key has and will have, where any tier has rules of its own. */
async function tiersOf(directory: Directory, db: Db, { actor, before }: Asking, place: Place): Promise<Facts['tiers']> {
  const { policies, projects, home } = place
  if (Object.keys(policies.tiers).length === 0) return new Map()
  const had = before?.projects ?? []
  const held = had.length === 0 ? [] : (await directory.projects(db, actor.organizationId, had)).values()
  const all = [...projects.values(), ...held, ...(home ? [home] : [])]
  return new Map(all.map(({ id, tier }) => [id, tier]))
}

type Place = Pick<Facts, 'projects' | 'home' | 'isBound' | 'policies' | 'open'>

/** Where the key belongs, and which servers are there. */
async function placeOf(directory: Directory, db: Db, asking: Asking, input: ScopeInput): Promise<Place> {
  const { actor, before, owner } = asking
  const { organizationId } = actor
  const isNew = before === null
  const asked = isNew || asksForProjects(input) ? (input.projects ?? before?.projects ?? []) : []
  const names = [...new Set([...asked, owner.project ?? ''])].filter(isIdOrSlug)
  const projects =
    names.length === 0 ? new Map<string, NamedProject>() : await directory.projects(db, organizationId, names)
  const isBound = owner.type === 'app'
  const isAtHome = input.projects == null && (isNew || input.projects === null)
  const standard = isAtHome && !isBound ? await directory.defaultProject(db, organizationId) : null
  const home = isBound ? (projects.get(owner.project ?? '') ?? null) : standard
  const policies = await directory.policies(db, organizationId)
  const place = { projects, home, isBound, policies }
  const isTouched = isNew || input.mcp !== undefined || input.projects !== undefined
  const unknown: { pointer: string; detail: string }[] = []
  const ids = isTouched ? projectsOf(input, before, place, unknown) : []
  // What is no project is refused by the plan, and is nothing to ask a database about.
  const isAsked = ids.length > 0 && unknown.length === 0
  return { ...place, open: isAsked ? await directory.serversIn(db, organizationId, ids) : [] }
}

/**
 * Who may not list what there is names only what he reaches: else `there is no such server` would tell him which slugs
 * there are. What the key names already is shown with it, and so may stay.
 */
async function nameable(
  directory: Directory,
  db: Db,
  actor: Actor,
  held: ReadonlySet<string>,
): Promise<(kind: keyof Reached, id: string) => boolean> {
  const seesAll = { servers: isLister(actor, 'servers'), providers: isLister(actor, 'providers') }
  if (seesAll.servers && seesAll.providers) return () => true
  const reached = await directory.reachOf(db, actor.organizationId, actor.memberId)
  return (kind, id) => seesAll[kind] || reached[kind].has(id) || held.has(id)
}

const isLister = ({ role }: Actor, kind: keyof Reached): boolean => reachOf(role, `${kind}:read`) === 'all'

const namedIn = ({ mcp, llm, gateways }: Scope): readonly string[] => [
  ...itemsOf(mcp.servers),
  ...Object.keys(mcp.tools),
  ...itemsOf(llm.providers),
  ...itemsOf(gateways),
]

/** What the key names already may stay even when it is gone: it opens nothing, and what was answered can be sent back. */
const named = (
  found: ReadonlyMap<string, Named>,
  isMeant: (id: string) => boolean,
  asked: readonly string[],
  held: ReadonlySet<string>,
): ReadonlyMap<string, Pick<Named, 'id'>> =>
  new Map([
    ...asked.filter((name) => held.has(name)).map((id) => [id, { id }] as const),
    ...[...found].filter(([, { id }]) => isMeant(id)),
  ])

const isIdOrSlug = (text: string): boolean => knownForm(text) !== ''

/** Gateways have names and no slugs; text that can be no name PostgreSQL might not even look up. */
const isName = (text: string): boolean => displayName.safeParse(text).data === text
