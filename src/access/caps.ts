import type { BudgetRecord } from '../budgets/schema.ts'
import type { Owner } from '../keys/schema.ts'
import type { LimitRecord, Target } from '../limits/schema.ts'
import type { Records } from './backing.ts'
import type { Subject } from './check.ts'
import type { Call, Duty } from './schema.ts'

/** Limits and budgets of one organization, by the name of what they are about. Live: it changes while it is held. */
export type Caps = {
  /** There is none at all. */
  readonly isEmpty: () => boolean
  readonly limit: (target: string) => LimitRecord | undefined
  readonly budgets: (target: string) => readonly BudgetRecord[] | undefined
}

/** What a target is called in maps. */
export const nameOfTarget = ({ type, id, name }: Target): string =>
  name === null ? `${type}:${id}` : `${type}:${id}:${name}`

/**
 * Whose limits and budgets the calls of a key count towards, beside the key's and the organization's: its owner, the app
 * and the app's owner, and every team that the owning member is in, so that nobody leaves a team's budget by a key of
 * his own.
 */
export function payersOf(owner: Pick<Owner, 'type' | 'id'>, records: Records): readonly string[] {
  switch (owner.type) {
    case 'member':
      return [`member:${owner.id}`, ...[...records.teamsOf(owner.id)].map((team) => `team:${team}`)]
    case 'team':
      return [`team:${owner.id}`]
    case 'app': {
      const behind = records.app(owner.id)?.owner ?? null
      return behind === null ? [`app:${owner.id}`] : [`app:${owner.id}`, ...payersOf(behind, records)]
    }
  }
}

const none: readonly Duty[] = []

/** Every limit and budget that stands over the call. Pure, and for most organizations one look. */
export function dutiesOf({ key, backing, caps }: Subject, call: Call): readonly Duty[] {
  if (!caps || caps.isEmpty()) return none
  const limits: LimitRecord[] = []
  const budgets: BudgetRecord[] = []
  const take = (target: string): void => {
    const limit = caps.limit(target)
    if (limit !== undefined) limits.push(limit)
    const owed = caps.budgets(target)
    if (owed !== undefined) budgets.push(...owed)
  }
  take(`key:${key.id}`)
  for (const payer of backing.payers ?? []) take(payer)
  const target = call.kind === 'mcp' ? call.server : call.provider
  if (target !== null) {
    take(`project:${target.project}`)
    if (call.kind === 'mcp') {
      take(`server:${target.id}`)
      if (call.tool !== null) take(`tool:${target.id}:${call.tool}`)
    } else {
      take(`provider:${target.id}`)
      if (call.model !== null) take(`model:${target.id}:${call.model}`)
    }
  }
  take(`organization:${key.organization}`)
  return limits.length === 0 && budgets.length === 0 ? none : [{ kind: 'seats', limits, budgets }]
}
