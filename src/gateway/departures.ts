import type { Snapshot } from './snapshot.ts'

/** Tells which servers are no more, one by one or after a new snapshot, so that what belongs to them can end. */
export function watchDepartures(
  snapshot: Pick<Snapshot, 'onChange' | 'server' | 'servers'>,
  onGone: (id: string) => void,
): void {
  const known = new Set<string>()
  const look = (id: string) => {
    if (snapshot.server(id) !== null) known.add(id)
    else if (known.delete(id)) onGone(id)
  }
  snapshot.onChange((change) => {
    if (change.kind === 'server') look(change.id)
    if (change.kind !== 'all') return
    for (const { id } of snapshot.servers()) known.add(id)
    for (const id of [...known]) look(id)
  })
}
