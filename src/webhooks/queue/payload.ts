import type { SealedEvent } from '../../audit/store.ts'
import { bodyOf } from '../deliver.ts'

/** Beyond it a body tells that something changed, and the audit log what. */
const bytesAtMost = 65_536

/** The event as the audit log shows it, and what its organization has noted about the key that it is about. */
export function payloadOf(event: SealedEvent, metadata: string | undefined): string {
  const { before, after, ...rest } = event
  const about = metadata === undefined ? {} : { metadata: JSON.parse(metadata) }
  const whole = body(event, { ...event, ...about })
  if (Buffer.byteLength(whole) <= bytesAtMost || (before === undefined && after === undefined)) return whole
  return body(event, { ...rest, ...about, cut: true })
}

const body = ({ action, at }: SealedEvent, data: object): string => bodyOf({ type: action, timestamp: at, data })
