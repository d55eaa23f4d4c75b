import { decide } from '../../access/decide.ts'
import type { Duty, DutyView, ExplainInput, Explanation, Trace } from '../../access/schema.ts'
import type { Database } from '../../db/database.ts'
import type { Directory } from '../../keys/directory.ts'
import type { Actor } from '../../people/schema.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { askedAbout } from './asked.ts'
import { meantBy } from './call.ts'
import { capsOver } from './caps.ts'
import { placeOf } from './place.ts'
import { reasonOf } from './reason.ts'
import { subjectNow } from './world.ts'

export type AccessDeps = {
  readonly read: Database['read']
  readonly directory: Directory
  readonly now: () => number
}

/**
 * The verdict that a gateway which has heard of everything would give, by the same function, over records that are all
 * read at one moment.
 */
export const explain =
  (deps: AccessDeps) =>
  (actor: Actor, input: ExplainInput): Promise<Result<Explanation>> =>
    deps.read(actor.organizationId, async (db) => {
      if ((input.key ?? input.child) === undefined) return ofNobody
      const about = await askedAbout(deps.directory, db, actor, input)
      if (about === null) return refuse('not_found', { detail: noSuch(input) })
      const { key, child } = about
      const now = input.at === undefined ? deps.now() : Date.parse(input.at)
      const place = await placeOf(deps.directory, db, key, input, child?.made.narrows)
      if (!place.ok) return place
      const meant = await meantBy(db, actor.organizationId, input.call, now)
      if (!meant.ok) return meant
      const subject = await subjectNow(db, key, place.value, child)
      const trace: Trace[] = []
      const caps = await capsOver(db, subject, meant.value.call)
      const verdict = decide({ ...subject, caps }, meant.value.call, now, trace)
      if (verdict.kind === 'allow') return ok({ ...nothingRefused, duties: verdict.duties.map(viewOf), trace })
      const { code, rule, revision } = verdict
      const reason = reasonOf(verdict, subject, meant.value)
      return ok({ allowed: false, code, rule, revision, reason, duties: [], trace })
    })

const viewOf = (duty: Duty): DutyView =>
  duty.kind === 'seats'
    ? { kind: 'seats', limits: duty.limits.map(({ id }) => id), budgets: duty.budgets.map(({ id }) => id) }
    : duty

const nothingRefused = { allowed: true, code: null, rule: null, revision: null, reason: null } as const

const noSuch = ({ child }: ExplainInput): string =>
  child === undefined ? 'There is no such key.' : 'There is no such child token of that key.'
const ofNobody = refuse('invalid', {
  detail: 'Say whom it is about: a key or a child token.',
  errors: [{ pointer: '/key', detail: 'is needed, unless a child is named' }],
})
