import type { ServerRecord } from '../../../servers/schema.ts'
import type { Snapshot } from '../../snapshot.ts'

/** Servers of an organization by slug, sorted once and not once a call. */
export function bySlug(
  snapshot: Pick<Snapshot, 'servers' | 'onChange'>,
): (organization: string) => readonly ServerRecord[] {
  const sorted = new Map<string, readonly ServerRecord[]>()
  snapshot.onChange(({ kind }) => {
    if (kind === 'server' || kind === 'all') sorted.clear()
  })
  return (organization) => {
    const known = sorted.get(organization)
    if (known !== undefined) return known
    const own = snapshot.servers().filter((server) => server.organization === organization)
    own.sort((a, b) => (a.slug < b.slug ? -1 : 1))
    sorted.set(organization, own)
    return own
  }
}
