import type { CallRecord } from '../fleet/records/schema.ts'

export const hourMs = 3_600_000

/** Sums of one hour, as wide apart as anybody may ask for them. What a call does not have is ''. */
export type Hour = {
  readonly organizationId: string
  /** Hours since epoch. */
  readonly hour: number
  readonly key: string
  readonly ownerType: CallRecord['ownerType']
  readonly owner: string
  readonly kind: CallRecord['kind']
  readonly project: string
  readonly server: string
  readonly tool: string
  readonly provider: string
  readonly model: string
  readonly status: number
} & HourSums

export type HourSums = {
  readonly requests: number
  readonly refused: number
  readonly input: number
  readonly output: number
  readonly cached: number
  readonly reasoning: number
  /** nano-USD. */
  readonly cost: number
  /** Of the admitted ones together. */
  readonly latencyMs: number
}

/** Of calls as the log keeps them. */
export const hoursOf = (records: readonly CallRecord[]): Hour[] => summed(records.map(hourOf))

/** Each cell once, in the order of their names: who writes the same ones at the same time waits for nobody in a circle. */
export function summed(hours: readonly Hour[]): Hour[] {
  const cells = new Map<string, Hour>()
  for (const one of hours) {
    const name = nameOfCell(one)
    const known = cells.get(name)
    cells.set(name, known === undefined ? one : { ...one, ...added(known, one) })
  }
  return [...cells].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, cell]) => cell)
}

/** Of a row, which parts of it tell it from others. */
export const nameOfCell = (cell: Omit<Hour, keyof HourSums | 'ownerType'>): string =>
  JSON.stringify([
    cell.organizationId,
    cell.hour,
    cell.key,
    cell.owner,
    cell.kind,
    cell.project,
    cell.server,
    cell.tool,
    cell.provider,
    cell.model,
    cell.status,
  ])

const hourOf = ({ tokens, ...record }: CallRecord): Hour => ({
  organizationId: record.organization,
  hour: Math.floor(record.at / hourMs),
  key: record.key,
  ownerType: record.ownerType,
  owner: record.owner,
  kind: record.kind,
  project: record.project ?? '',
  server: record.server ?? '',
  tool: record.tool ?? '',
  provider: record.provider ?? '',
  model: record.model ?? '',
  status: record.status,
  requests: record.admitted ? 1 : 0,
  refused: record.admitted ? 0 : 1,
  input: tokens?.input ?? 0,
  output: tokens?.output ?? 0,
  cached: tokens?.cached ?? 0,
  reasoning: tokens?.reasoning ?? 0,
  cost: record.cost ?? 0,
  latencyMs: record.admitted ? record.latencyMs : 0,
})

const added = (one: HourSums, other: HourSums): HourSums => ({
  requests: one.requests + other.requests,
  refused: one.refused + other.refused,
  input: one.input + other.input,
  output: one.output + other.output,
  cached: one.cached + other.cached,
  reasoning: one.reasoning + other.reasoning,
  cost: one.cost + other.cost,
  latencyMs: one.latencyMs + other.latencyMs,
})
