import { hash } from 'node:crypto'
import type { RotationSchedule } from './schedule/schema.ts'

const dayMs = 86_400_000
/** Of the interval, either way. */
const jitter = 0.05

/**
 * When a schedule asks for the next secret; null: it asks for nothing. Keys that were made together must not rotate
 * together, and asking twice must give the same answer, so what differs between keys is taken from their ids.
 */
export function rotationDueAt(
  keyId: string,
  secretMadeAt: number | null,
  schedule: Pick<RotationSchedule, 'everyDays'> | null,
): number | null {
  if (schedule === null || secretMadeAt === null) return null
  const interval = schedule.everyDays * dayMs
  return Math.round(secretMadeAt + interval + interval * jitter * shiftOf(keyId))
}

/** From -1 to 1, evenly. */
const shiftOf = (keyId: string): number => (hash('sha256', keyId, 'buffer').readUInt32BE(0) / 0xffffffff) * 2 - 1
