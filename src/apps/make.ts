import { audited } from '../audit/audited.ts'
import { insertEvent } from '../audit/store.ts'
import { announce } from '../db/changes.ts'
import { uniqueSlug } from '../db/contended.ts'
import type { Db } from '../db/database.ts'
import { settleMs } from '../http/lists.ts'
import { holdOwner } from '../keys/leaving/away.ts'
import { serversOf } from '../keys/policies/apps.ts'
import { refusalOfRoom } from '../keys/policies/room.ts'
import type { PreparedKey } from '../keys/prepare.ts'
import type { NewKey } from '../keys/schema.ts'
import type { StoredKey } from '../keys/store.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result } from '../problems.ts'
import { holdProject } from '../projects/hold/store.ts'
import type { Secret } from '../secret.ts'
import { type AppDeps, invalid } from './deps.ts'
import { ownerFor } from './owner.ts'
import { freeSlug, slugOf, untilFree } from './slug.ts'
import { type App, insertApp, slugsFrom } from './store.ts'
import { auditedApp } from './view.ts'

/** An app as it will be, with ids; without a slug it gets one that is made of its name. */
export type Planned = Pick<App, 'name' | 'projectId' | 'owner' | 'tools' | 'toolsDefault'> & {
  readonly slug: string | undefined
  readonly keyKind: 'key' | 'url'
  readonly expiresIn: NewKey['expiresIn']
  readonly allServersReason: NewKey['allServersReason']
  /** Id of the app that it is a copy of. */
  readonly clonedFrom?: string
}
export type Made = { readonly app: App; readonly key: StoredKey; readonly secret: Secret }

/** The app and its one key, together or not at all. */
export const makeApp =
  (deps: AppDeps) =>
  async (actor: Actor, planned: Planned, requestId: string): Promise<Result<Made>> => {
    const { organizationId } = actor
    const { name, projectId, slug } = planned
    const id = deps.newId('app')
    const owner = { type: 'app', id, name, project: projectId, granted: serversOf(planned) } as const
    const prepared = await deps.prepareKey(actor, keyOf(planned), owner, requestId)
    if (!prepared.ok) return ofApp(prepared)
    const { key, secret, share } = prepared.value
    const write = (db: Db) => store(deps, db, { actor, planned, id, prepared: prepared.value, requestId })
    const transact = () => deps.transaction(organizationId, write)
    const stored = await (slug === undefined ? untilFree(transact) : uniqueSlug('app', slug, transact))
    if (!stored.ok) return stored
    share()
    await deps.effectOf(organizationId, stored.value.rowId, settleMs)
    return ok({ app: stored.value.app, key, secret })
  }

/** It stands open as far as its app does: what the app grants is said once, in the app. */
const keyOf = ({ name, projectId, keyKind, expiresIn, allServersReason }: Planned): NewKey => ({
  name,
  kind: keyKind,
  projects: [projectId],
  mcp: { servers: { mode: 'all' }, toolsDefault: { mode: 'all' } },
  addresses: { mode: 'any' },
  gateways: { mode: 'all' },
  ...(expiresIn === undefined ? {} : { expiresIn }),
  ...(allServersReason == null ? {} : { allServersReason }),
})

/** A refusal of the key names its fields; those that the app calls otherwise, as the app does. */
function ofApp(refused: Extract<Result<never>, { ok: false }>): typeof refused {
  const { errors } = refused.problem
  if (!errors) return refused
  const named = errors.map((each) => (each.pointer === '/kind' ? { ...each, pointer: '/keyKind' } : each))
  return { ok: false, problem: { ...refused.problem, errors: named } }
}

type Storing = {
  readonly actor: Actor
  readonly planned: Planned
  readonly id: string
  readonly prepared: PreparedKey
  readonly requestId: string
}

const store = async (
  deps: AppDeps,
  db: Db,
  { actor, planned, id, prepared, requestId }: Storing,
): Promise<Result<{ app: App; rowId: number }>> => {
  const { organizationId } = actor
  const { slug, keyKind: _kind, expiresIn: _end, allServersReason: _why, clonedFrom, ...definition } = planned
  const { type, id: ownerId } = planned.owner
  // Asked again, as hashing has taken its time, and held: who is gone meanwhile would leave an orphan.
  await holdOwner(db, organizationId, { type, id: ownerId })
  const owner = await ownerFor(deps.directory, db, actor, { type, id: ownerId })
  if (!owner.ok) return owner
  const full = await refusalOfRoom(deps, db, actor, [planned.projectId])
  if (full) return full
  if (!(await holdProject(db, organizationId, planned.projectId)))
    return invalid('/project', 'there is no such project')
  const at = deps.now()
  const app: App = {
    ...definition,
    owner: owner.value,
    organizationId,
    id,
    slug: slug ?? (await slugFor(db, organizationId, planned.name)),
    state: 'active',
    keyId: prepared.key.record.id,
    createdAt: at,
    createdBy: audited(actor).id,
    revision: 1,
  }
  await insertApp(db, organizationId, app)
  await insertEvent(db, organizationId, {
    id: deps.newId('evt'),
    at,
    requestId,
    actor: audited(actor),
    action: 'app.created',
    subject: { kind: 'app', id, name: app.name },
    after: { ...auditedApp(app), ...(clonedFrom === undefined ? {} : { clonedFrom }) },
  })
  // Before its key, which no gateway admits without its app.
  await announce(db, organizationId, { kind: 'app', id, at })
  return ok({ app, rowId: await prepared.write(db) })
}

const slugFor = async (db: Db, organizationId: string, name: string): Promise<string> => {
  const base = slugOf(name)
  // Short enough that the number at its end fits into every slug that begins so.
  return freeSlug(base, await slugsFrom(db, organizationId, base.slice(0, 20).replace(/-+$/, '')))
}
