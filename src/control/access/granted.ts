import { grantsAbout } from '../../access/grants.ts'
import type { KeyAccess } from '../../access/schema.ts'
import type { Grant } from '../../people/grants/schema.ts'

type Shown = Pick<KeyAccess['items'][number], 'grants'>

/** By which grants that server or provider is open; nothing where it is by none. */
export function grantedBy(grants: readonly Grant[], target: string, now: number): Shown {
  const live = grantsAbout(grants, target, now)
  if (live.length === 0) return {}
  return {
    grants: live.map(({ request, until }) => ({
      request,
      until: until === null ? null : new Date(until).toISOString(),
    })),
  }
}
