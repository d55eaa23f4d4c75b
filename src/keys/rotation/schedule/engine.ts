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
    for (const organizationId of await deps.system.read((db) => organizationsWaiting(db, deps.now()))) {
      for (let isMore = true; isMore && !isStopping(); ) {
        const taken = await start(organizationId)
        const done = await Promise.allSettled(taken.map(deliver))
        accidents.push(...done.flatMap((each) => (each.status === 'rejected' ? [each.reason] : [])))
        isMore = taken.length > 0
      }
    }
    // One that cannot go on must not keep the others waiting.
    if (accidents.length > 0) throw new AggregateError(accidents, 'some scheduled rotations did not come to an end')
  }
}
