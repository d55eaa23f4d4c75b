import type { Records } from '../access/backing.ts'
import type { Subject } from '../access/decide.ts'
import type { KeyRecord } from '../keys/schema.ts'
import { statusOf } from '../keys/standing.ts'
import { ok, type Result } from '../problems.ts'
import type { Caller } from './authenticate.ts'
import { capsOfKey } from './caps-of-key.ts'
import { refusedAtTheDoor } from './door.ts'
import type { Incoming } from './incoming.ts'
import type { HeldOrganization } from './snapshot.ts'

type Deps = Parameters<typeof capsOfKey>[0] & {
  readonly authenticate: (call: Incoming) => Result<Caller> | Promise<Result<Caller>>
  readonly subjectOf: (caller: Caller, address: string) => Result<Subject>
  readonly organization: (id: string) => HeldOrganization | null
  readonly recordsOf: (organization: string) => Records | null
  readonly now: () => number
}

/** `GET /api/me`: who the key is and what it may do. It is no call to a server, but a key that may not come here gets no answer. */
export const me =
  (deps: Deps) =>
  async (call: Incoming): Promise<Result<unknown>> => {
    const caller = await deps.authenticate(call)
    if (!caller.ok) return caller
    const subject = deps.subjectOf(caller.value, call.address)
    if (!subject.ok) return subject
    const refusal = refusedAtTheDoor(subject.value, deps.now())
    if (refusal) return refusal
    const { organization } = subject.value.key
    return ok({
      ...aboutCaller(subject.value, caller.value.version, deps.recordsOf(organization), deps.now()),
      organization: nameOf(deps.organization(organization)),
      ...capsOfKey(deps, subject.value),
    })
  }

/** What the key may do, never what it is. */
function aboutCaller({ key, child, backing }: Subject, version: number, records: Records | null, now: number) {
  return {
    key: {
      id: key.id,
      name: key.name,
      status: statusOf(key, now),
      expiresAt: instant(key.expiresAt),
      scopes: key.scope,
      maxStalenessSeconds: key.maxStalenessSeconds,
      secretVersion: version,
    },
    // What it may do of what the key may: each of these cuts.
    child: child && { id: child.made.id, expiresAt: instant(child.made.expiresAt), narrow: child.made.narrows },
    // The name as it is now; the record of the key says what it was when the key was written.
    owner: { type: key.owner.type, id: key.owner.id, name: backing.app?.name ?? ownerName(key, records) },
    projects: key.scope.projects.flatMap((id) => {
      const project = records?.project(id)
      return project ? [{ id, slug: project.slug, tier: project.tier }] : []
    }),
  }
}

function ownerName({ owner }: KeyRecord, records: Records | null): string {
  const record = owner.type === 'team' ? records?.team(owner.id) : records?.member(owner.id)
  return record?.name ?? owner.name
}

const nameOf = (held: HeldOrganization | null) =>
  held && { id: held.record.id, slug: held.record.slug, name: held.record.name }
const instant = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())
