import { audited } from '../audit/audited.ts'
import type { Db } from '../db/database.ts'
import type { Actor } from '../people/schema.ts'
import { findMember } from '../people/store.ts'
import { ok, type Result, refuse } from '../problems.ts'
import type { AccessRequestDeps, Subject, Target } from './deps.ts'
import { recordEvent } from './event.ts'
import { accessKinds, type NewAccessRequest } from './schema.ts'
import { type AccessRequest, holdAsker, insertRequest, openRequestsOf } from './store.ts'
import { shown } from './view.ts'

/** Who asks without an end keeps others' requests from being seen. */
const openAtMost = 50

/** For a key that whoever asks may change, or for himself. Asked again while it is open it is the same request. */
export const createRequest =
  (deps: AccessRequestDeps) =>
  (actor: Actor, asked: NewAccessRequest, requestId: string): Promise<Result<ReturnType<typeof shown>>> =>
    deps.transaction(actor.organizationId, async (db) => {
      const { organizationId, memberId } = actor
      const named = accessKinds.filter((kind) => asked[kind] !== undefined)
      if (named.length !== 1) return one
      await holdAsker(db, organizationId, memberId)
      const target = await targetFor(deps, db, actor, asked.key)
      if (target === null) return refuse('not_found', { detail: 'There is no such key.' })
      const subject = await deps.subjectFor(db, organizationId, target, asked)
      if (!subject.ok) return subject
      const open = await openRequestsOf(db, organizationId, memberId)
      const same = open.find((request) => isSame(request, target, subject.value))
      if (same) return ok(shown(same, deps.now()))
      if (open.length >= openAtMost) return tooMany
      const granted = await deps.isGranted(db, organizationId, target, subject.value)
      if (!granted.ok) return granted
      if (granted.value) return refuse('already_granted')
      const request: AccessRequest = {
        id: deps.newId('arq'),
        member: { id: memberId, name: actor.name },
        target,
        subject: subject.value,
        reason: asked.reason,
        state: 'open',
        createdAt: deps.now(),
        ...undecided,
        revision: 1,
      }
      await insertRequest(db, organizationId, request)
      await recordEvent(deps, db, organizationId, {
        action: 'access-request.created',
        actor: audited(actor),
        requestId,
        before: null,
        after: request,
      })
      return ok(shown(request, deps.now()))
    })

const undecided = { decidedAt: null, decidedBy: null, decisionReason: null, until: null, endedAt: null } as const

async function targetFor(
  deps: AccessRequestDeps,
  db: Db,
  actor: Actor,
  key: string | undefined,
): Promise<Target | null> {
  if (key !== undefined) return deps.keyFor(db, actor, key)
  const member = await findMember(db, actor.organizationId, actor.memberId)
  return member && { type: 'member', id: member.id, name: member.name, ownerId: member.id }
}

const isSame = ({ target: { id }, subject: held }: AccessRequest, target: Target, subject: Subject): boolean =>
  id === target.id &&
  held.kind === subject.kind &&
  held.id === subject.id &&
  held.part === subject.part &&
  held.nanoUsd === subject.nanoUsd

const one = refuse('invalid', {
  detail: 'Say exactly one thing that is asked for: a server, tool, provider, model or budget.',
  errors: accessKinds.map((kind) => ({ pointer: `/${kind}`, detail: 'exactly one of these is needed' })),
})
const tooMany = refuse('invalid', {
  detail: `${openAtMost} of your requests are open. Wait until they are decided, or withdraw some.`,
})
