import { Metadata, type NewKey } from '../schema.ts'
import type { StoredKey } from '../store.ts'

/**
 * Pure: a key as one would ask for it again, with ids, as it stands. `projects` are those of its own that are there. What
 * belongs to its own life stays behind: secrets, use, state, the network that it was bound to.
 */
export function inputOf(key: StoredKey, projects: readonly string[], now: number): NewKey {
  const { record, description, tags, rotation } = key
  const { owner, scope, maxStalenessSeconds, tokenKind, pin, honey } = record
  return {
    name: record.name,
    kind: tokenKind === 'u' ? 'url' : 'key',
    description,
    owner: { type: owner.type, id: owner.id },
    projects: [...projects],
    mixedEnvironments: scope.mixedEnvironments,
    allServersReason: scope.allServersReason ?? null,
    mcp: scope.mcp,
    llm: scope.llm,
    addresses: scope.addresses,
    gateways: scope.gateways,
    ...(maxStalenessSeconds === null ? {} : { maxStalenessSeconds }),
    ...endOf(key, now),
    metadata: Metadata.parse(JSON.parse(record.metadata)),
    tags: [...tags],
    honey,
    ...(pin === null ? {} : { pinNetwork: true }),
    rotation,
  }
}

/** The same instant; where that is over, as much time as it had. */
function endOf({ record: { expiresAt }, createdAt }: StoredKey, now: number): Pick<NewKey, 'expiresAt'> {
  if (expiresAt === null) return { expiresAt: null }
  const end = expiresAt > now ? expiresAt : now + Math.max(expiresAt - createdAt, 1)
  return { expiresAt: new Date(end).toISOString() }
}

const longestName = 120

export const copyName = (name: string): string => {
  const whole = `Copy of ${name}`
  if (whole.length <= longestName) return whole
  // Cut between characters: half of one is no text.
  const cut = [...whole].reduce(
    (text, letter) => (text.length + letter.length > longestName ? text : text + letter),
    '',
  )
  return cut.trim()
}
