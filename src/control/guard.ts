import type { IncomingMessage } from 'node:http'
import type { Needs } from '../http/route.ts'
import type { Actor, Permission } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { slug } from '../servers/schema.ts'

type Deps = {
  readonly proveActor: (authorization: string | null) => Promise<Result<Actor>>
  /** Null: the call carries no session. */
  readonly proveSession: (caller: Caller) => Promise<Result<Actor | null>>
  readonly may: (actor: Actor, permission: Permission) => boolean
  readonly attempts: {
    readonly blocked: (keyId: string | null, source: string, isProxy: boolean) => number
    readonly failed: (keyId: string | null, source: string, isProxy: boolean) => void
  }
}
type Caller = {
  readonly authorization: string | null
  readonly address: string
  readonly isProxy: boolean
  readonly stream: Pick<IncomingMessage, 'headers' | 'method'>
}

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
    // Whoever presents a token is asked for nothing else: what a browser adds by itself then says nothing.
    const proved = caller.authorization === null ? await bySession(deps, caller) : await byToken(deps, caller)
    if (!proved.ok) return proved
    const managing = configurationOf(caller)
    if (!managing.ok) return managing
    const actor: Actor = { ...proved.value, ...managing.value, address: caller.address }
    return refusalOf(deps, needs, actor) ?? ok(actor)
  }

const bySession = async (deps: Deps, caller: Caller): Promise<Result<Actor>> => {
  const proved = await deps.proveSession(caller)
  if (!proved.ok) return proved
  return proved.value === null ? refuse('not_signed_in') : ok(proved.value)
}

const byToken = async (deps: Deps, caller: Caller): Promise<Result<Actor>> => {
  const proved = await deps.proveActor(caller.authorization)
  return proved.ok ? proved : refused(deps, caller, proved)
}

/** Which configuration asks, for what it manages (`ostiary apply`). */
const configurationOf = ({ stream }: Caller): Result<Pick<Actor, 'configuration'>> => {
  const name = stream.headers['ostiary-configuration']
  if (name === undefined) return ok({})
  const detail = 'The header ostiary-configuration holds the name of a configuration: small letters, digits, hyphens.'
  return typeof name === 'string' && slug.safeParse(name).success
    ? ok({ configuration: name })
    : refuse('invalid', { detail })
}

const refusalOf = (deps: Deps, needs: Needs<Permission>, actor: Actor): ReturnType<typeof refuse> | null => {
  const isOwnDoor = needs.right === 'session' || needs.right === 'first-factor'
  if (isOwnDoor && !actor.session)
    return refuse('not_permitted', { detail: 'Only whoever is signed in by a browser does this; tokens do not.' })
  if (needs.right === 'first-factor') return null
  if (actor.session?.secondFactor === 'needed') return refuse('second_factor_required')
  if (needs.right === 'anyone' || needs.right === 'session' || needs.right === 'public') return null
  const allowed = needs.right === 'operator' ? actor.operator : deps.may(actor, needs.right)
  return allowed ? null : refuse('not_permitted', { detail: `This call needs the right ${needs.right}.` })
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
