import type { Db } from '../db/database.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import type { CallName, CallRow } from './store.ts'

export type Done = { readonly status: number; readonly answer: unknown }
type Attempt = {
  readonly actor: Actor
  readonly method: string
  readonly path: string
  readonly rawQuery: string
  readonly key: string
  readonly body: Buffer
  readonly secretFields: readonly string[]
  readonly run: () => Promise<Result<Done>>
}
type Deps = {
  readonly transaction: <T>(organizationId: string, work: (db: Db) => Promise<T>) => Promise<T>
  readonly store: {
    readonly claimCall: (
      db: Db,
      organizationId: string,
      name: CallName,
      row: { bodyHash: string; boot: string; at: number },
    ) => Promise<boolean>
    readonly findCall: (db: Db, organizationId: string, name: CallName) => Promise<CallRow | null>
    readonly completeCall: (
      db: Db,
      organizationId: string,
      name: CallName,
      done: { status: number; answer: string | null },
    ) => Promise<void>
    readonly dropCall: (db: Db, organizationId: string, name: CallName) => Promise<void>
  }
  /** Keyed: a body may hold a secret that is short enough to be guessed from a plain hash. */
  readonly digest: (body: Buffer, rawQuery: string) => string
  /** Takes out what looks like one of our tokens, should a route forget to name a secret field. */
  readonly redact: (text: string) => string
  /** Names the life of this process. */
  readonly boot: string
  /** Other controls may run on the same database. */
  readonly isShared: boolean
  readonly now: () => number
  readonly log: { readonly error: (fields: Readonly<Record<string, unknown>>, message: string) => void }
}

export const keptMs = 24 * 3_600_000
/** No call lasts this long (30 s for an effect is the most), so another control's older attempt is not running. */
const longestCallMs = 120_000

/** RFC 8941 quotes are accepted and belong to the key; 128 visible characters. */
export const isIdempotencyKey = (text: string): boolean => /^[\x21-\x7e]{1,128}$/.test(text)

const cutOff = refuse('idempotency_running', {
  detail:
    'The first attempt under this Idempotency-Key was cut off, and how far it came is not known. ' +
    'Look whether what it should make exists; if it does not, use a new key.',
})

/** Runs an attempt once; a repeat gets the first answer without its secrets, which have left once and for all. */
export const createIdempotency = (deps: Deps) => {
  const running = new Map<string, number>()
  const count = (mark: string, by: 1 | -1): void => {
    const left = (running.get(mark) ?? 0) + by
    if (left > 0) running.set(mark, left)
    else running.delete(mark)
  }

  const repeat = (row: CallRow, bodyHash: string, isRunning: boolean): Result<Done> => {
    if (row.bodyHash !== bodyHash) return refuse('idempotency_mismatch')
    if (row.status !== null && row.answer !== null) return ok({ status: row.status, answer: JSON.parse(row.answer) })
    if (row.status !== null) return cutOff
    const elsewhere = row.boot !== deps.boot && deps.isShared && deps.now() - row.createdAt < longestCallMs
    return isRunning || elsewhere ? refuse('idempotency_running', { retryAfterSeconds: 1 }) : cutOff
  }

  return async (attempt: Attempt): Promise<{ result: Result<Done>; isReplay: boolean }> => {
    const { organizationId, credentialId } = attempt.actor
    const name = { caller: credentialId, method: attempt.method, path: attempt.path, idempotencyKey: attempt.key }
    const bodyHash = deps.digest(attempt.body, attempt.rawQuery)
    const mark = JSON.stringify([organizationId, name])
    const at = deps.now()
    // An attempt that ends while its row is read was running when the row was written.
    const wasRunning = running.has(mark)
    // Before the claim, which others may read before its answer is here. Two repeats at once take each other for it
    // and come again, which does no harm.
    count(mark, 1)
    let first: CallRow | null
    try {
      first = await deps.transaction(organizationId, async (db) => {
        const known = await deps.store.findCall(db, organizationId, name)
        if (known && known.createdAt > at - keptMs) return known
        if (known) await deps.store.dropCall(db, organizationId, name)
        if (await deps.store.claimCall(db, organizationId, name, { bodyHash, boot: deps.boot, at })) return null
        return await deps.store.findCall(db, organizationId, name)
      })
      if (!first) return { result: await settle(deps, attempt, name), isReplay: false }
    } finally {
      count(mark, -1)
    }
    return { result: repeat(first, bodyHash, wasRunning || running.has(mark)), isReplay: true }
  }
}

const settle = async (deps: Deps, attempt: Attempt, name: CallName): Promise<Result<Done>> => {
  const { organizationId } = attempt.actor
  const write = (work: (db: Db) => Promise<void>) =>
    deps
      .transaction(organizationId, work)
      .catch((err) => deps.log.error({ err }, 'the outcome of an Idempotency-Key was not kept'))
  let result: Result<Done>
  try {
    result = await attempt.run()
  } catch (error) {
    // It may have committed before it failed: nobody knows, so a repeat must not run it again.
    await write((db) => deps.store.completeCall(db, organizationId, name, { status: 500, answer: null }))
    throw error
  }
  if (!result.ok) {
    // A refusal changed nothing, so the same key may be tried again with what the refusal asks for.
    await write((db) => deps.store.dropCall(db, organizationId, name))
    return result
  }
  const { status } = result.value
  const answer = deps.redact(JSON.stringify(without(result.value.answer, attempt.secretFields)))
  await write((db) => deps.store.completeCall(db, organizationId, name, { status, answer }))
  return result
}

/** The answer without its secrets: this is what is stored, so no secret ever reaches the table. */
export const without = (answer: unknown, fields: readonly string[]): unknown => {
  const copy: unknown = structuredClone(answer)
  for (const field of fields) drop(copy, field.split('.'))
  return copy
}

/** Of each item, where there is a list on the way. */
const drop = (from: unknown, path: readonly string[]): void => {
  const [name = '', ...rest] = path
  if (Array.isArray(from)) for (const item of from) drop(item, path)
  else if (isObject(from) && rest.length === 0) delete from[name]
  else if (isObject(from)) drop(from[name], rest)
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
