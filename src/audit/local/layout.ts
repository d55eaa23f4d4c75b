import path from 'node:path'
import { z } from 'zod'
import { AuditEventView, CheckpointView } from '../schema.ts'

/**
 * How a gateway's own log lies on its disk: `gateway-audit/<gateway>/<organization>/<day>.jsonl` in the data directory,
 * a line for each event. What is too long for one file goes on in `<day>.2.jsonl`.
 */
export const rootOf = (dataDir: string): string => path.join(dataDir, 'gateway-audit')

export const isOrganization = (text: string): boolean => /^org_[0-9A-Za-z]{16}$/.test(text)

export type LogFile = { readonly day: string; readonly part: number; readonly name: string }

const nameForm = /^(\d{4}-\d{2}-\d{2})(?:\.([1-9]\d{0,5}))?\.jsonl$/

/** Null: not one of ours. */
export function fileNamed(name: string): LogFile | null {
  const [, day, part = '1'] = nameForm.exec(name) ?? []
  return day === undefined ? null : { day, part: Number(part), name }
}
export const fileName = (day: string, part: number): string => (part === 1 ? `${day}.jsonl` : `${day}.${part}.jsonl`)

/** UTC day of an ISO time; what is no time at all is of the day when it came. */
export const dayOf = (at: string, now: number): string =>
  /^\d{4}-\d{2}-\d{2}T/.test(at) ? at.slice(0, 10) : new Date(now).toISOString().slice(0, 10)

export const inOrder = (one: LogFile, other: LogFile): number =>
  one.day === other.day ? one.part - other.part : one.day < other.day ? -1 : 1

const Line = z.union([z.object(AuditEventView.shape), z.object({ checkpoint: z.object(CheckpointView.shape) })])
export type Line = z.infer<typeof Line>

/** Null: torn, or not ours. */
export function parseLine(text: string): Line | null {
  try {
    const parsed = Line.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}

export const seqOf = (line: Line): number => ('checkpoint' in line ? line.checkpoint.seq : line.seq)
