import type { Database } from '../../src/db/database.ts'
import type { Actor } from '../../src/people/schema.ts'
import { actorOf, granted } from '../keyring.ts'
import type { Json } from '../product.ts'
import { createWholeSurface } from '../whole-surface.ts'
import { another, bodyOf, type Ids, type Kind, makingOf, onePer } from './calls.ts'
import { password } from './people-calls.ts'

export type Surface = Awaited<ReturnType<typeof createWholeSurface>>
export type CallOne = Surface['call']
export type Tenant = { readonly owner: Actor; readonly ids: Ids; readonly slugs: Ids }
export type TwoTenants = Awaited<ReturnType<typeof createTwoTenants>>

const order = [
  'member',
  'project',
  'team',
  'server',
  'provider',
  'catalog',
  'key',
  'rotation',
  'app',
  'managementToken',
  'gateway',
  'webhook',
  'limit',
  'budget',
  'session',
  'invitation',
  'identityProvider',
  'accessRequest',
] as const

/** A fresh one of the kind, beside those of `ids`; `body`: another than most calls are fine with. */
export async function make(
  call: CallOne,
  actor: Actor,
  kind: Kind,
  ids: Ids,
  body: typeof bodyOf | undefined = bodyOf,
): Promise<{ id: string; slug: string }> {
  if (kind === 'session') return signedIn(call, actor)
  const line = makingOf(kind)
  const whole = onePer[kind]
  const beside = whole ? { ...ids, [whole]: (await make(call, actor, whole, ids)).id } : ids
  const given = { params: { id: ids.key }, body: body(line, beside, another(kind.toLowerCase())) }
  const answer = granted(await call(actor, line, given))
  const { id, slug = id } = answer[kind]
  return { id, slug }
}

/** A browser of somebody new of the same organization. */
async function signedIn(call: CallOne, actor: Actor): Promise<{ id: string; slug: string }> {
  const email = `${another('signed-in')}@example.com`
  granted(await call(actor, 'POST /members', { body: { email, password } }))
  const { id } = granted(await call(actor, makingOf('session'), { body: { email, password } })).session
  return { id, slug: id }
}

/** One of each, that name each other. */
export async function furnish(call: CallOne, owner: Actor): Promise<Tenant> {
  const organization: Json = granted(await call(owner, 'GET /me')).organization
  const ids: Partial<Record<Kind, string>> = { organization: organization.id }
  const slugs: Partial<Record<Kind, string>> = { organization: organization.slug }
  for (const kind of order) {
    const { id, slug } = await make(call, owner, kind, ids as Ids)
    ids[kind] = id
    slugs[kind] = slug
  }
  return { owner, ids: ids as Ids, slugs: slugs as Ids }
}

/** Two organizations over one store, with control's own wiring; each as full as the other. */
export async function createTwoTenants(database: Database) {
  const surface = await createWholeSurface(database)
  const { call } = surface
  const founding = { slug: 'second', name: 'Second', owner: { email: 'b@example.com', name: 'Second owner' } }
  const { organization } = await surface.ask('POST /organizations', { body: founding })
  const found: Json = granted(await call(actorOf(organization.id, 'mem_0000000000000000', 'owner'), 'GET /members'))
  const owner = { ...surface.owner, operator: false }
  const ours = await furnish(call, owner)
  const theirs = await furnish(call, actorOf(organization.id, found.items[0].id, 'owner'))
  // When a letter was taken stands in its invitation.
  await surface.settled()
  return { surface, call, ours, theirs }
}
