import type { Effect } from '../../../src/fleet/schema.ts'
import { ask, Refused } from '../../api.ts'
import type { BulkAction } from './bulk.data.ts'

export type Outcome = {
  readonly id: string
  readonly ok: boolean
  readonly code?: string
  readonly detail?: string
}
/** `effect` is missing where nothing was narrowed. */
export type Outcomes = { readonly results: readonly Outcome[]; readonly effect: Effect | null }
export type Order = {
  readonly action: BulkAction
  readonly keys: readonly string[]
  readonly reason: string
  readonly tags: readonly string[]
  readonly expiresIn: string
}

/** One call for all of them; a date there is no such call for, so each key is changed by itself. */
export async function actOnMany(order: Order, idempotencyKey: string): Promise<Outcomes> {
  const { action, keys, reason, tags, expiresIn } = order
  if (action === 'extend') return { results: await extendEach(keys, expiresIn), effect: null }
  const more = action === 'tag' ? { tags } : reason.trim() === '' ? {} : { reason }
  return ask<Outcomes>('POST /keys/bulk', { body: { action, keys, ...more }, idempotencyKey })
}

/** At most so many calls are on their way together. */
const atOnce = 4

async function extendEach(keys: readonly string[], expiresIn: string): Promise<readonly Outcome[]> {
  const outcomes = new Map<string, Outcome>()
  const waiting = keys.values()
  const lane = async () => {
    for (const id of waiting) outcomes.set(id, await extend(id, expiresIn))
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  return keys.map((id) => outcomes.get(id) ?? { id, ok: false })
}

async function extend(id: string, expiresIn: string): Promise<Outcome> {
  try {
    await ask(`PATCH /keys/${id}?waitMs=0`, { body: { expiresIn } })
    return { id, ok: true }
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const { code, detail, title } = error.refusal
    return { id, ok: false, code, detail: detail ?? title }
  }
}
