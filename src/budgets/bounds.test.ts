import { beforeAll, expect, test } from 'vitest'
import { type BudgetRig, createBudgetRig, holder } from '../../test/budget-rig.ts'
import { onEachStore } from '../../test/stores.ts'
import type { Database } from '../db/database.ts'
import { createBudgetGrants } from './grant.ts'

onEachStore('bounds of the ledger', (open) => {
  let rig: BudgetRig
  const liar = holder('gw_liar')
  const honest = holder('gw_honest')

  beforeAll(async () => {
    rig = await createBudgetRig(await open())
  })

  test('attack: D23 G10 a gateway that lies about what calls have cost stops neither the records nor the money of others', async () => {
    const [{ id }, other] = [await rig.addBudget('1'), await rig.addBudget('1')]
    const lie = { budget: id, window: 'total', nano: Number.MAX_SAFE_INTEGER }
    await rig.settle(liar, [rig.record(liar, [lie, lie]), rig.record(liar, [lie])])
    await rig.settle(liar, [rig.record(liar, [lie])])
    await rig.settle(honest, [
      rig.record(honest, [
        { budget: id, window: 'total', nano: 7 },
        { budget: other.id, window: 'total', nano: 7 },
      ]),
    ])
    expect(await rig.standing(other.id, 'total')).toMatchObject({ spent: 7 })
    const [shut, open] = await rig.grants.grant(honest, [rig.ask(id, 10), rig.ask(other.id, 10)])
    expect([shut?.amount, open?.amount]).toEqual([0, 10])
    const { accounts } = await rig.books(id)
    expect(accounts.every(({ balance }) => Number.isSafeInteger(balance))).toBe(true)
    expect(accounts.reduce((sum, { balance }) => sum + balance, 0)).toBe(0)
  })

  test('M3 a boot that could not be closed is not said to be closed, so that it is closed again', async () => {
    const { id } = await rig.addBudget('1')
    await rig.grants.grant(honest, [rig.ask(id, 10)])
    await rig.grants.ended(honest)
    const transaction: Database['system']['transaction'] = () => Promise.reject(new Error('the disk is full'))
    const broken = createBudgetGrants({ ...rig.deps, system: { ...rig.deps.system, transaction } })
    await expect(broken.closed(honest)).rejects.toThrow('not free')
    await rig.grants.closed(honest)
    expect(await rig.standing(id, 'total')).toMatchObject({ unreconciled: 0, spent: 0 })
  })
})
