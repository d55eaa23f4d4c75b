import type { Proof } from './schema.ts'

/**
 * Control's table of proofs: memory only, best effort, a missing one costs one Argon2. A proof is not a permission:
 * it counts only while the live record has the version that it names.
 */
export type ProofTable = {
  /** Takes what is new, answers with it. */
  readonly learn: (items: readonly Proof[]) => Proof[]
  readonly table: (serves: (organization: string) => boolean) => Proof[]
  /** Drops what names a version that the key no longer has. No versions: the key is gone. */
  readonly keepOnly: (organization: string, key: string, versions: readonly number[]) => void
  readonly size: () => number
}

/** A key has at most two live versions; more under one key is somebody's invention. */
const perKey = 4

export function createProofTable(limit = 2_000_000): ProofTable {
  const byKey = new Map<string, Proof[]>()
  let size = 0

  const learnOne = (item: Proof): boolean => {
    const slot = slotOf(item.organization, item.key)
    const known = byKey.get(slot) ?? []
    const same = known.findIndex((other) => other.version === item.version)
    if (same >= 0 && known[same]?.proof === item.proof) return false
    // The same version has one secret and so one proof: a different one replaces it (the root may have changed).
    if (same >= 0) known[same] = item
    else if (known.length >= perKey || size >= limit) return false
    else size = known.push(item) && size + 1
    byKey.set(slot, known)
    return true
  }

  return {
    learn: (items) => items.filter(learnOne),
    table: (serves) => [...byKey.values()].flat().filter((item) => serves(item.organization)),
    keepOnly: (organization, key, versions) => {
      const slot = slotOf(organization, key)
      const known = byKey.get(slot)
      if (!known) return
      const left = known.filter((item) => versions.includes(item.version))
      size -= known.length - left.length
      if (left.length === 0) byKey.delete(slot)
      else byKey.set(slot, left)
    },
    size: () => size,
  }
}

const slotOf = (organization: string, key: string): string => `${organization} ${key}`
