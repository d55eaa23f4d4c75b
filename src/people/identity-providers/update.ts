import { audited } from '../../audit/audited.ts'
import type { AuditAction } from '../../audit/schema.ts'
import { insertEvent } from '../../audit/store.ts'
import { uniqueSlug, untilCurrent } from '../../db/contended.ts'
import type { Db } from '../../db/database.ts'
import { matchesEtag } from '../../http/etag.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { Asked } from '../deps.ts'
import { refuseRole } from '../members/allowed.ts'
import { holdPeople } from '../organizations/store.ts'
import type { Actor } from '../schema.ts'
import { findOrganization } from '../store.ts'
import { type ProviderDeps, sealed } from './create.ts'
import { endSessionsOver, forgetIdentities } from './identities/store.ts'
import { defaultScopes, type IdentityProviderPatch, type Settings } from './schema.ts'
import { findProvider, type IdentityProvider, listProviders, updateProviderRow } from './store.ts'
import { auditedProvider } from './view.ts'

type Naming = Pick<Asked, 'id' | 'ifMatch' | 'requestId'>

export const updateProvider =
  (deps: ProviderDeps) =>
  (actor: Actor, asked: Naming, patch: IdentityProviderPatch): Promise<Result<IdentityProvider>> => {
    const { organizationId } = actor
    const change = async (db: Db): Promise<Result<IdentityProvider>> => {
      await holdPeople(db, organizationId)
      const before = await findProvider(db, organizationId, asked.id)
      if (!before) return refuse('not_found')
      if (!matchesEtag(asked.ifMatch, before)) return refuse('stale')
      const after = await patched(deps, db, { actor, before, patch })
      const refused =
        refuseRole(actor, after.settings.defaultRole) ??
        (after.state === 'disabled' ? await refuseLastWayIn(db, before) : null)
      if (refused) return refused
      if (!(await updateProviderRow(db, organizationId, after))) return refuse('stale')
      const isSwitchedOff = before.state === 'active' && after.state === 'disabled'
      const sessionsEnded = isSwitchedOff ? await endOthers(db, deps, actor, before) : 0
      const told = { actor, requestId: asked.requestId, before, sessionsEnded }
      await record(db, deps, { ...told, action: 'identity-provider.updated', after })
      return ok(after)
    }
    const write = () => uniqueSlug('identity provider', patch.slug, () => deps.transaction(organizationId, change))
    return untilCurrent(asked.ifMatch, write)
  }

/** The row stays, so that its id is never another one; its secret goes, and so does who was who there. */
export const removeProvider =
  (deps: ProviderDeps) =>
  (actor: Actor, asked: Naming): Promise<Result<IdentityProvider>> => {
    const { organizationId } = actor
    const remove = async (db: Db): Promise<Result<IdentityProvider>> => {
      await holdPeople(db, organizationId)
      const before = await findProvider(db, organizationId, asked.id)
      if (!before) return refuse('not_found')
      if (!matchesEtag(asked.ifMatch, before)) return refuse('stale')
      const refused = await refuseLastWayIn(db, before)
      if (refused) return refused
      const revision = before.revision + 1
      const tombstone = { ...before, slug: before.id, clientSecretBlob: null, state: 'deleted', revision } as const
      if (!(await updateProviderRow(db, organizationId, tombstone))) return refuse('stale')
      await forgetIdentities(db, organizationId, before.id)
      const sessionsEnded = await endOthers(db, deps, actor, before)
      const told = { actor, requestId: asked.requestId, before, sessionsEnded }
      await record(db, deps, { ...told, action: 'identity-provider.deleted' })
      return ok(before)
    }
    return untilCurrent(asked.ifMatch, () => deps.transaction(organizationId, remove))
  }

/** Whoever came in over it is out, for it may be lost to somebody; all but whoever has just said so. */
const endOthers = (
  db: Db,
  deps: Pick<ProviderDeps, 'now'>,
  { session }: Actor,
  { organizationId, id }: IdentityProvider,
) =>
  endSessionsOver(db, organizationId, id, {
    at: deps.now(),
    why: 'identity provider switched off',
    except: session?.id ?? null,
  })

/** Where passwords open nothing, the last provider is the only way in that is left. */
async function refuseLastWayIn(db: Db, { organizationId, id }: IdentityProvider) {
  const policies = (await findOrganization(db, organizationId))?.policies
  if (policies?.passwordSignIn !== 'off') return null
  const others = await listProviders(db, organizationId)
  if (others.some((other) => other.id !== id && other.state === 'active')) return null
  return refuse('in_use', {
    detail: 'Passwords do not sign in here, and this is the last identity provider. Switch passwords on first.',
  })
}

type Change = { readonly actor: Actor; readonly before: IdentityProvider; readonly patch: IdentityProviderPatch }

async function patched(deps: ProviderDeps, db: Db, { actor, before, patch }: Change): Promise<IdentityProvider> {
  const { slug = before.slug, name, clientSecret, state = before.state } = patch
  return {
    ...before,
    slug,
    name: name === undefined ? before.name : (name ?? slug),
    clientSecretBlob:
      clientSecret === undefined ? before.clientSecretBlob : await sealed(deps, db, before, clientSecret),
    settings: settingsAfter(actor, before.settings, patch),
    state,
    revision: before.revision + 1,
  }
}

/** Missing: as it was; null: the default. */
const chosen = <T>(given: T | null | undefined, before: T, standard: T): T =>
  given === undefined ? before : (given ?? standard)

const settingsAfter = (actor: Actor, before: Settings, patch: IdentityProviderPatch): Settings => ({
  scopes: chosen(patch.scopes, before.scopes, defaultScopes),
  domains: patch.domains ?? before.domains,
  provisioning: chosen(patch.provisioning, before.provisioning, 'off'),
  defaultRole: chosen(patch.defaultRole, before.defaultRole, 'member'),
  groupsClaim: patch.groupsClaim === undefined ? before.groupsClaim : patch.groupsClaim,
  groups: chosen(patch.groups, before.groups, []),
  secondFactor: chosen(patch.secondFactor, before.secondFactor, false),
  // An owner who is no operator must not become one by what he writes here.
  operators: actor.operator,
})

type Told = {
  readonly actor: Actor
  readonly requestId: string
  readonly action: AuditAction
  readonly before: IdentityProvider
  readonly after?: IdentityProvider
  readonly sessionsEnded: number
}

const record = (
  db: Db,
  deps: Pick<ProviderDeps, 'newId' | 'now'>,
  { actor, requestId, action, before, after, sessionsEnded }: Told,
): Promise<void> =>
  insertEvent(db, actor.organizationId, {
    id: deps.newId('evt'),
    at: deps.now(),
    requestId,
    actor: audited(actor),
    action,
    subject: { kind: 'identity-provider', id: before.id, name: (after ?? before).name },
    before: auditedProvider(before),
    after: { ...(after ? auditedProvider(after) : {}), ...(sessionsEnded > 0 ? { sessionsEnded } : {}) },
  })
