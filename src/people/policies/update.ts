import type { Db } from '../../db/database.ts'
import type { Effect } from '../../fleet/schema.ts'
import { decodeCursor } from '../../http/cursor.ts'
import { matchesEtag } from '../../http/etag.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { Tier } from '../../projects/schema.ts'
import type { Asked, ChangeDeps } from '../deps.ts'
import { hasOwnerBySso } from '../identity-providers/store.ts'
import { managedAfter, refusalOfManaged } from '../managed.ts'
import { holdPeople } from '../organizations/store.ts'
import { changeOrganization } from '../organizations/update.ts'
import type { Actor } from '../schema.ts'
import { findOrganization, type OrganizationRow } from '../store.ts'
import type { PolicyDeps } from './deps.ts'
import { namedIn, withIds } from './named.ts'
import { Place } from './page.ts'
import { defaultKeyPolicies, KeyPolicies, type Policies, type PoliciesPatch, type Touched } from './schema.ts'
import { senselessIn } from './sense.ts'
import { policiesView } from './view.ts'

type Deps = ChangeDeps & PolicyDeps
type Changed = { readonly policies: Policies; readonly touched: Touched; readonly effect: Effect }

/** Existing keys are not cut by rules for making them; what holds at once reaches them with the next call. */
export const updatePolicies =
  (deps: Deps) =>
  async (actor: Actor, asked: Asked, patch: PoliciesPatch): Promise<Result<Changed>> => {
    const foreseen = await foresee(deps, actor, { ...asked, cursor: undefined }, patch)
    if (!foreseen.ok) return foreseen
    const done = await changeOrganization(deps, actor, asked, {
      action: 'policies.updated',
      slug: undefined,
      isAboutPolicies: true,
      apply: async (before, db) => {
        // Whoever takes the last identity provider away waits for the same.
        if (patch.passwordSignIn === 'off') await holdPeople(db, before.id)
        const after = await planned(deps, db, before, patch)
        return after.ok ? ok({ ...after.value, managedBy: managedAfter(actor, patch) }) : after
      },
      audit: policiesView,
    })
    if (!done.ok) return done
    const { after, effect } = done.value
    return ok({ policies: policiesView(after), touched: foreseen.value.touched, effect })
  }

type Foreseen = { readonly policies: Policies; readonly touched: Touched }
type Looking = Pick<Asked, 'id' | 'ifMatch'> & { readonly cursor: string | undefined }

/** What would be, and which keys it would touch. Writes nothing. */
export const foreseePolicies =
  (deps: Deps) =>
  (actor: Actor, asked: Looking, patch: PoliciesPatch): Promise<Result<Foreseen>> =>
    foresee(deps, actor, asked, patch)

async function foresee(
  deps: Deps,
  actor: Actor,
  { id, ifMatch, cursor }: Looking,
  patch: PoliciesPatch,
): Promise<Result<Foreseen>> {
  const from = decodeCursor(cursor, Place)
  if (!from.ok) return from
  const looked = await deps.read(
    id,
    async (db): Promise<Result<{ before: OrganizationRow; after: OrganizationRow }>> => {
      const before = await findOrganization(db, id)
      if (!before) return refuse('not_found')
      const managed = refusalOfManaged(actor, before)
      if (managed) return managed
      if (!matchesEtag(ifMatch, before)) return refuse('stale')
      const after = await planned(deps, db, before, patch)
      return after.ok ? ok({ before, after: after.value }) : after
    },
  )
  if (!looked.ok) return looked
  const { before, after } = looked.value
  return ok({ policies: policiesView(after), touched: await deps.policyLinks.touched(id, before, after, from.value) })
}

/** The row as it would be. Policies that nobody could satisfy are refused. */
async function planned(
  { policyLinks }: Deps,
  db: Db,
  before: OrganizationRow,
  patch: PoliciesPatch,
): Promise<Result<OrganizationRow>> {
  const { ceilings, tiers } = before.policies
  const held = namedIn([ceilings, ...Tier.options.map((tier) => tiers[tier]?.ceilings)])
  const named = await withIds(policyLinks, db, before.id, patch, held)
  if (!named.ok) return named
  const after = withPolicies(before, named.value)
  const errors = senselessIn(after.policies, policyLinks.isNetwork)
  const isLockedOut = patch.passwordSignIn === 'off' && !(await hasOwnerBySso(db, before.id))
  if (isLockedOut) errors.push({ pointer: '/passwordSignIn', detail: nobodyElse })
  if (errors.length === 0) return ok(after)
  return refuse('invalid', { detail: 'Nobody could do as these policies say; see errors.', errors })
}

const nobodyElse = 'no owner has come in through an identity provider yet, so nobody could come in to change this'

/** `null`: back to it. */
const defaults = { maxStalenessSeconds: 60, mixedEnvironments: 'refused' } as const
/** Of these it is a word of its own. */
const sayNone: ReadonlySet<string> = new Set(['maxAgeDays', 'nameTemplate', 'ceilings'])

function withPolicies(before: OrganizationRow, patch: PoliciesPatch): OrganizationRow {
  const { mixedEnvironments: mixed, maxStalenessSeconds: seconds, managedBy: _managed, ...ofKeys } = patch
  const given = Object.entries(ofKeys).filter(([, value]) => value !== undefined)
  const standard: Readonly<Record<string, unknown>> = defaultKeyPolicies
  const worded = (name: string, value: unknown) => (sayNone.has(name) ? value : (value ?? standard[name]))
  const changed = Object.fromEntries(given.map(([name, value]) => [name, worded(name, value)]))
  return {
    ...before,
    mixedEnvironments: mixed === undefined ? before.mixedEnvironments : (mixed ?? defaults.mixedEnvironments),
    maxStalenessSeconds: seconds === undefined ? before.maxStalenessSeconds : (seconds ?? defaults.maxStalenessSeconds),
    policies: KeyPolicies.parse({ ...before.policies, ...changed }),
  }
}
