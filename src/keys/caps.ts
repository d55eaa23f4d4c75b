import { audited } from '../audit/audited.ts'
import { twiceIn } from '../budgets/of-key/merge.ts'
import { budgetsOfKeys, raisedBudget, setKeyBudgets } from '../budgets/of-key/of-key.ts'
import { defaultThresholds, type KeyBudget } from '../budgets/schema.ts'
import type { Db } from '../db/database.ts'
import { mergedLimits, raisedIn } from '../limits/of-key/merge.ts'
import { limitsOfKeys, setKeyLimits } from '../limits/of-key/of-key.ts'
import { defaultKeyLimits, type KeyLimits } from '../limits/schema.ts'
import { covers, reachOf } from '../people/may.ts'
import type { Actor, Permission } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import type { KeyPatch, NewKey } from './schema.ts'

/** The limits and budgets whose target is one key (decision 0024). */
export type KeyCaps = { readonly limits: KeyLimits; readonly budgets: readonly KeyBudget[] }
/** What is present replaces the whole of its field, null sets it back to the default. */
export type AskedCaps = Pick<KeyPatch, 'limits' | 'budgets'>

export const noCaps: KeyCaps = { limits: defaultKeyLimits, budgets: [] }

/** `at`: ms since epoch. */
export async function capsOfKey(db: Db, organizationId: string, id: string, at: number): Promise<KeyCaps> {
  const limits = await limitsOfKeys(db, organizationId, [id])
  const budgets = await budgetsOfKeys(db, organizationId, [id], at)
  return { limits: limits.get(id) ?? defaultKeyLimits, budgets: budgets.get(id) ?? [] }
}

/** As one would ask for them again. What was spent stays with the key that spent it. */
export const capsAgain = ({ limits, budgets }: KeyCaps): Required<Pick<NewKey, 'limits' | 'budgets'>> => ({
  limits,
  budgets: budgets.map(({ usd, period, thresholds }) => ({ usd, period, thresholds: [...thresholds] })),
})

const limitsAfter = (asked: AskedCaps): KeyLimits => mergedLimits(defaultKeyLimits, asked.limits ?? {})
const budgetsAfter = (asked: AskedCaps) => asked.budgets ?? []

/** Who holds a key may bind it more tightly; to loosen it or to let it go is for who sets limits and budgets. */
export function refusalOfCaps(actor: Actor, asked: AskedCaps, before: KeyCaps): ReturnType<typeof refuse> | null {
  const twice = twiceIn(budgetsAfter(asked))
  if (twice !== null) {
    const detail = 'is there twice: a key has one budget for each period'
    return refuse('invalid', {
      detail: `/budgets ${detail}.`,
      errors: [{ pointer: `/budgets/${twice}/period`, detail }],
    })
  }
  const limit = asked.limits === undefined ? null : raisedIn(before.limits, limitsAfter(asked))
  if (limit !== null && !mayLoosen(actor, 'limits:write')) return loosened(`/limits${limit}`, 'limits:write')
  const budget = asked.budgets === undefined ? null : raisedBudget(before.budgets, budgetsAfter(asked))
  if (budget !== null && !mayLoosen(actor, 'budgets:write')) return loosened(`/budgets${budget}`, 'budgets:write')
  return null
}

const mayLoosen = ({ role, scopes }: Actor, permission: Permission): boolean =>
  reachOf(role, permission) === 'all' && covers(scopes, permission)

const loosened = (pointer: string, right: Permission) =>
  refuse('not_permitted', {
    detail: `${pointer} would be raised or taken away, which needs ${right}. Lower ones you may set; ask an admin for more.`,
    errors: [{ pointer, detail: `is raised or taken away, which needs ${right}` }],
  })

/** A copy may have what its original has, whoever makes it: where an admin gave more than the default, that is known. */
export const looser = (original: KeyCaps): KeyCaps => ({
  ...noCaps,
  limits: {
    ...defaultKeyLimits,
    streams: original.limits.streams === null ? null : Math.max(original.limits.streams, defaultKeyLimits.streams ?? 0),
  },
})

type WriteDeps = { readonly newId: (prefix: string) => string; readonly now: () => number }
type Of = { readonly organizationId: string; readonly keyId: string; readonly before?: KeyCaps }

/**
 * In the unit of work that writes the key, before its news. Refuses with `stale` where somebody else was faster: what an
 * admin has tightened since `before` was read, when it was asked who may loosen it, is not loosened again.
 */
export async function writeCaps(
  { newId, now }: WriteDeps,
  db: Db,
  actor: Actor,
  { organizationId, keyId, before }: Of,
  asked: AskedCaps,
): Promise<Result<null>> {
  const write = { keyId, at: now(), by: audited(actor).id, newId }
  if (asked.limits !== undefined) {
    const written = await setKeyLimits(db, organizationId, {
      ...write,
      limits: limitsAfter(asked),
      before: before?.limits,
    })
    if (!written.ok) return written
  }
  if (asked.budgets !== undefined) {
    const written = await setKeyBudgets(db, organizationId, {
      ...write,
      budgets: budgetsAfter(asked),
      was: before?.budgets,
    })
    if (!written.ok) return written
  }
  return ok(null)
}

/** For the audit log: what was asked for, in full. */
export const auditedCaps = (asked: AskedCaps): object => ({
  ...(asked.limits === undefined ? {} : { limits: limitsAfter(asked) }),
  ...(asked.budgets === undefined
    ? {}
    : {
        budgets: budgetsAfter(asked).map(({ usd, period = 'total', thresholds = defaultThresholds }) => ({
          usd,
          period,
          thresholds,
        })),
      }),
})

/** What those fields were that a patch names. */
export const auditedBefore = (asked: AskedCaps, before: KeyCaps): object => {
  const { limits, budgets } = capsAgain(before)
  return { ...(asked.limits === undefined ? {} : { limits }), ...(asked.budgets === undefined ? {} : { budgets }) }
}
