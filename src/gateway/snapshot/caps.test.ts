import fc from 'fast-check'
import { expect, test } from 'vitest'
import { budgetRecord, limitRecord } from '../../../test/caps-rig.ts'
import { organizationId } from '../../../test/fake-control.ts'
import { nameOfTarget } from '../../access/caps.ts'
import type { BudgetRecord } from '../../budgets/schema.ts'
import type { LimitRecord, Target } from '../../limits/schema.ts'
import { type AllCaps, capsIn, dropCap, putCap } from './caps.ts'

const targets: readonly Target[] = [
  { type: 'key', id: 'key_1', name: null },
  { type: 'team', id: 'team_1', name: null },
  { type: 'tool', id: 'srv_1', name: 'echo' },
]
/** Two of each target: one goes and another comes, and a frame may say them in either order. */
const records = targets.flatMap((target) => [
  ...[limitRecord(target), limitRecord(target)],
  ...[budgetRecord(target), { ...budgetRecord(target), period: 'day' as const }],
])

test('what is found by a target is what was put last and is still there, in whatever order records come and go', () => {
  const steps = fc.array(fc.tuple(fc.constantFrom(...records), fc.boolean()), { maxLength: 40 })
  fc.assert(
    fc.property(steps, (taken) => {
      const all: AllCaps = new Map()
      const held = new Map<string, LimitRecord | BudgetRecord>()
      for (const [record, isPut] of taken) {
        const about = nameOfTarget(record.target)
        // The store lets one live limit a target through: the other one is gone by then.
        const other = [...held.values()].find(
          ({ kind, id, target }) =>
            kind === 'limit' && record.kind === 'limit' && id !== record.id && nameOfTarget(target) === about,
        )
        if (isPut) {
          putCap(all, record)
          held.delete(record.id)
          held.set(record.id, record)
          if (other) {
            dropCap(all, organizationId, 'limit', other.id)
            held.delete(other.id)
          }
        } else {
          dropCap(all, organizationId, record.kind, record.id)
          held.delete(record.id)
        }
      }
      const { view } = capsIn(all, organizationId)
      expect(view.isEmpty()).toBe(held.size === 0)
      for (const target of targets) {
        const name = nameOfTarget(target)
        const mine = [...held.values()].filter((record) => nameOfTarget(record.target) === name)
        expect(view.limit(name)).toEqual(mine.find(({ kind }) => kind === 'limit'))
        expect(view.budgets(name) ?? []).toEqual(mine.filter(({ kind }) => kind === 'budget'))
      }
    }),
  )
})
