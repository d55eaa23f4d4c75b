import type { Database } from '../../../db/database.ts'
import { type SettleDeps, settleRotations } from '../settle.ts'
import { type DeliverDeps, deliverRotation } from './deliver.ts'
import { type IntendDeps, intendDue } from './intend.ts'
import { type StartDeps, startTurns } from './start.ts'
import { organizationsWaiting } from './store.ts'

export type ScheduleDeps = IntendDeps &
  StartDeps &
  DeliverDeps &
  SettleDeps & { readonly system: Pick<Database['system'], 'read'> }

/** One look at all that time asks of rotations. Several controls may look at once: what one takes the others leave. */
export const runRotations = (deps: ScheduleDeps) => {
  const settle = settleRotations(deps)
  const intend = intendDue(deps)
  const start = startTurns(deps)
  const deliver = deliverRotation(deps)
  return async (isStopping: () => boolean): Promise<void> => {
    await settle(isStopping)
    await intend(isStopping)
    const accidents: unknown[] = []
    let waiting = await deps.system.read((db) => organizationsWaiting(db, deps.now()))
    // A few of each in turn: one with much to rotate and a slow receiver holds up nobody for longer than these take.
    while (waiting.length > 0 && !isStopping()) {
      const more: string[] = []
      for (const organizationId of waiting) {
        if (isStopping()) break
        const taken = await start(organizationId).catch((error): [] => {
          accidents.push(error)
          return []
        })
        const done = await Promise.allSettled(taken.map(deliver))
        accidents.push(...done.flatMap((each) => (each.status === 'rejected' ? [each.reason] : [])))
        if (taken.length > 0) more.push(organizationId)
      }
      waiting = more
    }
    // One that cannot go on must not keep the others waiting.
    if (accidents.length > 0) throw new AggregateError(accidents, 'some scheduled rotations did not come to an end')
  }
}
