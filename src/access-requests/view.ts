import { usdOf } from '../budgets/schema.ts'
import type { Refs } from '../http/lists.ts'
import type { Subject, Target } from './deps.ts'
import type { AccessRequestState, AccessRequestView } from './schema.ts'
import type { AccessRequest } from './store.ts'

/** Derived where time decides: the decision ends a grant by itself, and a job writes that down later. */
export const stateOf = ({ state, until }: Pick<AccessRequest, 'state' | 'until'>, now: number): AccessRequestState =>
  state === 'approved' && until !== null && until <= now ? 'ended' : state

export function viewOf(request: AccessRequest, now: number): AccessRequestView {
  const { subject, target, state, until, endedAt } = request
  const isOver = state === 'approved' && stateOf(request, now) === 'ended'
  return {
    id: request.id,
    state: stateOf(request, now),
    member: { ...request.member },
    target: { type: target.type, id: target.id, name: target.name },
    kind: subject.kind,
    subject: { id: subject.id, name: subject.name },
    ...(subject.kind === 'tool' && subject.part !== null ? { tool: subject.part } : {}),
    ...(subject.kind === 'model' && subject.part !== null ? { model: subject.part } : {}),
    ...(subject.nanoUsd === null ? {} : { usd: usdOf(subject.nanoUsd) }),
    reason: request.reason,
    createdAt: iso(request.createdAt),
    decidedAt: isoOrNull(request.decidedAt),
    decidedBy: request.decidedBy && { ...request.decidedBy },
    decisionReason: request.decisionReason,
    until: isoOrNull(until),
    endedAt: isoOrNull(isOver ? until : endedAt),
    revision: request.revision,
  }
}

/** As answers hold one. */
export const shown = (request: AccessRequest, now: number) => ({
  accessRequest: viewOf(request, now),
  refs: refsOf([request]),
})

export const refsOf = (requests: readonly AccessRequest[]): Refs =>
  Object.fromEntries(
    requests.flatMap(({ member, target, subject, decidedBy }) => [
      [member.id, { slug: null, name: member.name }],
      [target.id, { slug: null, name: target.name }],
      [subject.id, { slug: subject.kind === 'budget' ? null : subject.name, name: subject.name }],
      ...(decidedBy === null ? [] : [[decidedBy.id, { slug: null, name: decidedBy.name }] as const]),
    ]),
  )

/** In a sentence: "the tool search of wiki for the key ci". */
export function wordsFor({ kind, name, part, nanoUsd }: Subject, target: Pick<Target, 'type' | 'name'>): string {
  const what = {
    server: `the server ${name}`,
    tool: `the tool ${part ?? ''} of ${name}`,
    provider: `the provider ${name}`,
    model: `the model ${part ?? ''} of ${name}`,
    budget: `${nanoUsd === null ? 'money' : usdOf(nanoUsd)} USD more in the ${name}`,
  }[kind]
  return `${what} for ${target.type === 'key' ? `the key ${target.name}` : target.name}`
}

const iso = (at: number): string => new Date(at).toISOString()
const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at))
