import type { Grouping } from './schema.ts'

/** Sums of many calls. Money in nano-USD. */
export type Sums = {
  readonly requests: number
  readonly refused: number
  readonly input: number
  readonly output: number
  readonly cached: number
  readonly reasoning: number
  readonly cost: bigint
  /** Of the admitted ones together. */
  readonly latencyMs: number
}
export const nothing: Sums = {
  requests: 0,
  refused: 0,
  input: 0,
  output: 0,
  cached: 0,
  reasoning: 0,
  cost: 0n,
  latencyMs: 0,
}

export const plus = (one: Sums, other: Sums): Sums => ({
  requests: one.requests + other.requests,
  refused: one.refused + other.refused,
  input: one.input + other.input,
  output: one.output + other.output,
  cached: one.cached + other.cached,
  reasoning: one.reasoning + other.reasoning,
  cost: one.cost + other.cost,
  latencyMs: one.latencyMs + other.latencyMs,
})

/** `id` null: of none. `of`: the server of a tool, the provider of a model. */
export type Group = { readonly id: string | null; readonly of: string | null; readonly sums: Sums }

/** Sums by name, so many names at most: what comes beyond is counted together. */
export type Groups = {
  readonly add: (id: string | null, of: string | null, sums: Sums) => void
  readonly all: () => Group[]
  /** What was beyond. */
  readonly beyond: () => Sums | null
}

/** More than anybody reads, and few enough to hold. */
export const groupsAtMost = 100_000

export function createGroups(most = groupsAtMost): Groups {
  const groups = new Map<string, Group>()
  let beyond: Sums | null = null
  return {
    add: (id, of, sums) => {
      const slot = JSON.stringify([id, of])
      const known = groups.get(slot)
      if (known) groups.set(slot, { id, of, sums: plus(known.sums, sums) })
      else if (groups.size < most) groups.set(slot, { id, of, sums })
      else beyond = plus(beyond ?? nothing, sums)
    },
    all: () => [...groups.values()],
    beyond: () => beyond,
  }
}

/** Most requests first; hours and days by their time, the latest first. */
export function ranked(groups: readonly Group[], by: Grouping | 'metadata'): Group[] {
  const byName = (one: Group, other: Group) => compared(nameOf(one), nameOf(other))
  if (by === 'hour' || by === 'day') return groups.toSorted((one, other) => -byName(one, other))
  return groups.toSorted(
    ({ sums: one, ...first }, { sums: other, ...second }) =>
      other.requests - one.requests ||
      Number(other.cost - one.cost) ||
      other.refused - one.refused ||
      byName({ sums: one, ...first }, { sums: other, ...second }),
  )
}

const nameOf = ({ id, of }: Group): string => `${of ?? ''} ${id ?? ''}`
const compared = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

export const total = (groups: readonly { readonly sums: Sums }[]): Sums =>
  groups.reduce((sum, { sums }) => plus(sum, sums), nothing)
