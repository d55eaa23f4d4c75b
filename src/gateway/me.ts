import type { Records } from '../access/backing.ts'
import { checks } from '../access/checks.ts'
import type { Subject } from '../access/decide.ts'
import type { Call } from '../access/schema.ts'
import type { KeyRecord } from '../keys/schema.ts'
import { statusOf } from '../keys/standing.ts'
import { ok, type Result } from '../problems.ts'
import type { Caller } from './authenticate.ts'
import { denied } from './denied.ts'
import type { Incoming } from './incoming.ts'
import type { HeldOrganization } from './snapshot.ts'

type Deps = {
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
    for (const { refuses } of atTheDoor) {
      const refusal = refuses(subject.value, noCall, deps.now())
      if (refusal !== null) return denied({ kind: 'deny', ...refusal }, subject.value)
    }
    const { organization } = subject.value.key
    return ok({
      ...aboutCaller(subject.value, caller.value.version, deps.recordsOf(organization), deps.now()),
      organization: nameOf(deps.organization(organization)),
    })
  }

const atTheDoor = checks.filter((check) => check.atTheDoor)
const noCall: Call = { kind: 'mcp', server: null, method: 'GET', tool: null }

/** What the key may do, never what it is. */
function aboutCaller({ key, backing }: Subject, version: number, records: Records | null, now: number) {
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
    // The name as it is now; the record of the key says what it was when the key was written.
    owner: { type: key.owner.type, id: key.owner.id, name: backing.app?.name ?? ownerName(key, records) },
    projects: key.scope.projects.flatMap((id) => {
      const project = records?.project(id)
      return project ? [{ id, slug: project.slug, tier: project.tier }] : []
    }),
    // None can be set yet; an absent list would read as "unknown".
    limits: [],
  }
}

function ownerName({ owner }: KeyRecord, records: Records | null): string {
  const record = owner.type === 'team' ? records?.team(owner.id) : records?.member(owner.id)
  return record?.name ?? owner.name
}

const nameOf = (held: HeldOrganization | null) =>
  held && { id: held.record.id, slug: held.record.slug, name: held.record.name }
const instant = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())
