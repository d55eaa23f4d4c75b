import type { Needs } from '../http/route.ts'
import type { Actor, Permission } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'

type Deps = {
  readonly proveActor: (authorization: string | null) => Promise<Result<Actor>>
  readonly may: (actor: Actor, permission: Permission) => boolean
  readonly attempts: {
    readonly blocked: (keyId: string | null, source: string, isProxy: boolean) => number
    readonly failed: (keyId: string | null, source: string, isProxy: boolean) => void
  }
}
type Caller = { readonly authorization: string | null; readonly address: string; readonly isProxy: boolean }

export type Guard = (needs: Needs<Permission>, caller: Caller) => Promise<Result<Actor>>

/** Whom public routes see: nobody, with no rights and no organization. */
export const stranger: Actor = {
  kind: 'system',
  organizationId: '',
  memberId: '',
  name: 'stranger',
  role: 'auditor',
  scopes: [],
  operator: false,
  credentialId: 'stranger',
}

/** Proves who asks before anything of the request is read, then asks whether they may. */
export const createGuard =
  (deps: Deps): Guard =>
  async (needs, caller) => {
    if (needs.right === 'public') return ok(stranger)
    const proved = await deps.proveActor(caller.authorization)
    if (!proved.ok) return refused(deps, caller, proved)
    const actor: Actor = { ...proved.value, address: caller.address }
    if (needs.right === 'anyone') return ok(actor)
    const allowed = needs.right === 'operator' ? actor.operator : deps.may(actor, needs.right)
    return allowed ? ok(actor) : refuse('not_permitted', { detail: `This call needs the right ${needs.right}.` })
  }

/**
 * Counted after the proof, never before it: whoever holds a right token gets in, however many wrong ones came from the
 * same address, so nobody can lock an admin out by guessing.
 */
const refused = (deps: Deps, caller: Caller, refusal: Result<Actor> & { ok: false }): Result<Actor> => {
  if (refusal.problem.code !== 'not_signed_in' || caller.authorization === null) return refusal
  const seconds = deps.attempts.blocked(null, caller.address, caller.isProxy)
  if (seconds > 0) return refuse('too_many_attempts', { retryAfterSeconds: seconds })
  deps.attempts.failed(null, caller.address, caller.isProxy)
  return refusal
}
