import { beforeAll, expect, test } from 'vitest'
import { createScheduleRig, dueMs, type ScheduleRig } from '../../../../test/schedule-rig.ts'
import { onEachStore } from '../../../../test/stores.ts'
import type { Db } from '../../../db/database.ts'
import type { ScheduleDeps } from './engine.ts'

/**
 * A control is killed at each of its awaits: before it, in the middle of a unit of work (which the store takes back), and
 * after it, when what it asked for has happened and nobody noted it. Then another life goes on.
 */
type Moment = 'before' | 'within' | 'after'

class Killed extends Error {}

const killedAt = (step: number, moment: Moment) => {
  let [steps, isDead] = [0, false]
  const die = (): never => {
    isDead = true
    throw new Killed('killed')
  }
  const reach = (): boolean => {
    // Nothing of a dead process goes on, whatever of it was still under way.
    if (isDead) die()
    steps += 1
    return steps === step
  }
  const await1 =
    <A extends unknown[], T>(work: (...given: A) => Promise<T>) =>
    async (...given: A): Promise<T> => {
      const isHere = reach()
      if (isHere && moment !== 'after') die()
      const done = await work(...given)
      return isHere || isDead ? die() : done
    }
  const unit =
    (run: ScheduleDeps['transaction']): ScheduleDeps['transaction'] =>
    async (organizationId, work) => {
      const isHere = reach()
      if (isHere && moment === 'before') die()
      const done = await run(organizationId, async (db: Db) => {
        const value = await work(db)
        return isHere && moment === 'within' ? die() : value
      })
      return isHere || isDead ? die() : done
    }
  const around = (deps: ScheduleDeps): ScheduleDeps => ({
    ...deps,
    read: (organizationId, work) => await1(() => deps.read(organizationId, work))(),
    system: { ...deps.system, read: (work) => await1(() => deps.system.read(work))() },
    transaction: unit(deps.transaction),
    hash: await1(deps.hash),
    effectOf: await1(deps.effectOf),
    deliverNow: await1(deps.deliverNow),
  })
  return { around, isDead: () => isDead }
}

onEachStore('a control that is killed while it rotates by schedule', (open) => {
  let rig: ScheduleRig

  beforeAll(async () => {
    rig = await createScheduleRig(await open())
  })

  const seeWhole = async (id: string, secret: string, when: string) => {
    const { versions } = await rig.record(id)
    expect([when, versions.filter(({ validUntil }) => validUntil === null).length]).toEqual([when, 1])
    expect((await rig.live(id)).length, when).toBeLessThanOrEqual(2)
    expect([when, await rig.answerTo(secret)]).toEqual([when, null])
  }

  /** From a due key to its end, with one death on the way; false: the life ended before it could be killed. */
  const killOnce = async (step: number, moment: Moment, uses: boolean): Promise<boolean> => {
    const when = `step ${step}, ${moment}${uses ? ', used' : ''}`
    const { key, secret } = await rig.scheduled({}, { graceSeconds: 600 })
    rig.clock.forward(dueMs)
    const death = killedAt(step, moment)
    await rig.tick(death.around).catch((error: unknown) => {
      const [first] = error instanceof AggregateError ? error.errors : [error]
      if (!(first instanceof Killed)) throw error
    })
    await seeWhole(key.id, secret, when)
    // What has arrived before the death may be in use already.
    const [early] = rig.secretsFor(key.id)
    const isInUse = uses && early !== undefined && (await rig.answerTo(early)) === null
    if (isInUse) await rig.use(key.id, 2)
    rig.afterLease()
    await rig.tick()
    await seeWhole(key.id, secret, when)
    const secrets = rig.secretsFor(key.id)
    const [last = ''] = secrets.slice(-1)
    expect([when, await rig.answerTo(last), (await rig.live(key.id)).length]).toEqual([when, null, 2])
    if (isInUse) expect([when, secrets.length]).toEqual([when, 1])
    for (const former of secrets.slice(0, -1)) expect(await rig.answerTo(former)).toBe('key_revoked')
    expect(await rig.open(key.id)).toMatchObject({ state: 'draining', to: Number((await rig.live(key.id))[1]) })
    await rig.use(key.id, (await rig.live(key.id))[1] ?? 0)
    rig.clock.forward(601_000)
    await rig.tick()
    expect([when, await rig.answerTo(secret), await rig.answerTo(last)]).toEqual([when, 'key_revoked', null])
    expect(await rig.open(key.id)).toBeNull()
    await rig.done('revoke', key.id)
    return death.isDead()
  }

  for (const moment of ['before', 'within', 'after'] as const)
    test(`killed at any step, ${moment} it: the old secret is taken until the new one was used, and never three are`, {
      timeout: 240_000,
    }, async () => {
      let step = 1
      while (await killOnce(step, moment, false)) step += 1
      // Looks, the intent, the claim, the secret, the news, the delivery, the confirmation.
      expect(step).toBeGreaterThan(9)
    })

  test('killed at any step with a secret that is in use already: what has arrived is not made anew', {
    timeout: 240_000,
  }, async () => {
    for (let step = 1; await killOnce(step, 'after', true); step += 1);
  })

  test('G1 no secret that was delivered in any of these lives stands in the store', async () => {
    const stored = await rig.everythingStored()
    expect(rig.received.length).toBeGreaterThan(20)
    for (const { data } of rig.received) expect(stored).not.toContain(data.secret.slice(22, 60))
  })
})
