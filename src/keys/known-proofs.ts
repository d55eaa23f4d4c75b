import type { KnownProof, Provable } from './prove.ts'
import type { Token } from './token.ts'

export type Known = { readonly version: number; readonly proof: string; readonly next: Known | null }
/** Proofs of one key: the one that was learned last is in it, the others hang on it. */
export type Held = { readonly organization: string; readonly id: string } & {
  -readonly [Field in keyof Known]: Known[Field]
}

/** A cache of proofs, never of permission: what it says is "this is the right secret", the live record decides. */
export type KnownProofs = {
  readonly of: (token: Token, record: Provable) => Held | null
  readonly remember: (proof: KnownProof) => void
  readonly forget: (id: string) => void
  readonly table: () => KnownProof[]
}

/** In place of a proof that is forgotten: no digest is empty. */
const forgotten = ''

export function createKnownProofs(): KnownProofs {
  const known = new Map<string, Held>()
  /** By the record that was asked about: among a hundred thousand proofs a look-up costs a fifth of the whole check. */
  const near = new WeakMap<Provable, Held>()
  return {
    of: (token, record) => {
      const held = near.get(record)
      if (held !== undefined && held.proof !== forgotten) return held
      const found = known.get(token.id16)
      if (found === undefined || found.id !== record.id || found.organization !== record.organization) return null
      near.set(record, found)
      return found
    },
    remember: ({ organization, key: id, version, proof }) => {
      const held = known.get(id16Of(id))
      // Changed in place, so that whoever has it by a record learns of it as well.
      if (held !== undefined && held.id === id && held.organization === organization) {
        held.next = withoutVersion({ ...held }, version)
        held.version = version
        held.proof = proof
      } else known.set(id16Of(id), { organization, id, version, proof, next: null })
    },
    forget: (id) => {
      const held = known.get(id16Of(id))
      if (held === undefined) return
      held.proof = forgotten
      held.next = null
      known.delete(id16Of(id))
    },
    table: () => [...known.values()].flatMap(listed),
  }
}

const id16Of = (id: string): string => id.slice(id.indexOf('_') + 1)

function withoutVersion(list: Known | null, version: number): Known | null {
  if (list === null) return null
  const next = withoutVersion(list.next, version)
  return list.version === version ? next : { version: list.version, proof: list.proof, next }
}

function listed(held: Held): KnownProof[] {
  const { organization, id: key } = held
  const items: KnownProof[] = []
  for (let item: Known | null = held; item !== null; item = item.next)
    items.push({ organization, key, version: item.version, proof: item.proof })
  return items
}
