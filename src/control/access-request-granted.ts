import { catalogsOf } from '../access/backing.ts'
import { admits } from '../access/choice.ts'
import { type Subject as Asking, decide } from '../access/decide.ts'
import { isLive } from '../access/grants.ts'
import type { Call } from '../access/schema.ts'
import { admitsEveryTool } from '../access/tools.ts'
import type { Subject, Target } from '../access-requests/deps.ts'
import type { Db } from '../db/database.ts'
import type { Directory } from '../keys/directory.ts'
import { keyRecord } from '../keys/records/store.ts'
import type { Grant } from '../people/grants/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { findProvider } from '../providers/store.ts'
import { findServer } from '../servers/store.ts'
import { providerTarget, targetOf } from './access/call.ts'
import { placeOf } from './access/place.ts'
import { reasonOf } from './access/reason.ts'
import { recordsAbout, subjectNow } from './access/world.ts'

type Deps = { readonly directory: Pick<Directory, 'gateways'>; readonly now: () => number }

/** More would cost every call of the key. */
const grantsAtMost = 100

/**
 * Is all of it open already? Asked of the decision itself, as a gateway would make it; and asked again with what a yes
 * would add, so that nobody approves what then opens nothing.
 */
export const createIsGranted =
  (deps: Deps) =>
  (db: Db, organizationId: string, target: Target, subject: Subject): Promise<Result<boolean>> => {
    if (subject.kind === 'budget') return Promise.resolve(ok(false))
    return target.type === 'key'
      ? grantedToKey(deps, db, organizationId, target, subject)
      : grantedToMember(deps, db, organizationId, target, subject)
  }

async function grantedToKey(
  deps: Deps,
  db: Db,
  organizationId: string,
  target: Target,
  subject: Subject,
): Promise<Result<boolean>> {
  const key = await keyRecord(db, organizationId, target.id)
  if (key === null || key.owner.id !== target.ownerId) return gone('key')
  if ((key.grants?.length ?? 0) >= grantsAtMost) return tooMany
  const calls = await callsFor(db, organizationId, subject, deps.now())
  const [first] = calls
  if (first === undefined) return gone(subject.kind)
  const place = await placeOf(deps.directory, db, key)
  if (!place.ok) return place
  const asking = await subjectNow(db, key, place.value)
  if (isOpen(asking, subject, calls, deps.now())) return ok(true)
  const more = [...(asking.key.grants ?? []), grantOf(subject)]
  const verdict = decide({ ...asking, key: { ...asking.key, grants: more } }, first, deps.now())
  if (verdict.kind === 'allow') return ok(false)
  const told = { target: subject.name, part: subject.part ?? '' }
  return refuse('invalid', { detail: `A yes would not open it. ${reasonOf(verdict, asking, told)}` })
}

const isOpen = (asking: Asking, { kind, id }: Subject, calls: readonly Call[], now: number): boolean =>
  calls.every((call) => decide(asking, call, now).kind === 'allow') &&
  (kind !== 'server' || admitsEveryTool(asking, id, now))

const grantOf = ({ id, part }: Pick<Subject, 'id' | 'part'>): Grant => ({
  request: '',
  target: id,
  parts: part === null ? null : [part],
  until: null,
})

/** None: it is not there any more. By id: what was asked for may have another name by now. */
async function callsFor(db: Db, organizationId: string, { kind, id, part }: Subject, now: number): Promise<Call[]> {
  if (kind === 'server' || kind === 'tool') {
    const server = await findServer(db, organizationId, id, now)
    if (server === null) return []
    const call = part === null ? { method: 'tools/list', tool: null } : { method: 'tools/call', tool: part }
    return [{ kind: 'mcp', server: targetOf(server), ...call }]
  }
  const found = await findProvider(db, organizationId, id)
  if (found === null) return []
  const provider = providerTarget(found)
  const models = part === null ? [...provider.models] : [part]
  return models.map((model) => ({ kind: 'llm', provider, model }))
}

/** His keys choose, so nothing more can be asked here. */
async function grantedToMember(
  { now }: Deps,
  db: Db,
  organizationId: string,
  { id }: Target,
  subject: Subject,
): Promise<Result<boolean>> {
  const own = { type: 'member', id } as const
  const records = await recordsAbout(db, organizationId, own)
  const grants = records.member(id)?.grants ?? []
  if (grants.length >= grantsAtMost) return tooMany
  const calls = await callsFor(db, organizationId, subject, now())
  if (calls.length === 0) return gone(subject.kind)
  const isIn = (catalogsOf(own, records) ?? []).some(({ servers, providers }) =>
    [...servers, ...providers].includes(subject.id),
  )
  const isBy = ({ target, parts, until }: Grant): boolean =>
    target === subject.id && isLive({ until }, now()) && covers(parts, subject.part)
  return ok(isIn || grants.some(isBy))
}

const covers = (parts: readonly string[] | null, part: string | null): boolean =>
  parts === null || (part !== null && admits({ mode: 'only', items: [...parts] }, part))

const gone = (what: string) => refuse('invalid', { detail: `The ${what} is not there any more.` })
const tooMany = refuse('invalid', {
  detail: `${grantsAtMost} grants are open there already. Give what is needed for good by a catalog and the key itself.`,
})
