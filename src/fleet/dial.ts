import { WebSocket } from 'ws'
import type { Secret } from '../secret.ts'
import { fleetPath } from './frames.ts'

/** Larger than any frame that control sends: parts are cut at a megabyte, one record may be several. */
const maxFrameBytes = 64 * 1024 * 1024

/** `http://host:port` or the feed's full address, either scheme. */
export function feedUrl(address: string): string {
  const url = new URL(address)
  url.protocol = url.protocol === 'https:' || url.protocol === 'wss:' ? 'wss:' : 'ws:'
  if (url.pathname === '/') url.pathname = fleetPath
  return url.href
}

export const dial = (address: string, token: Secret): WebSocket =>
  new WebSocket(feedUrl(address), {
    headers: { authorization: `Bearer ${token.reveal()}` },
    // The token goes to the configured address and nowhere else.
    followRedirects: false,
    handshakeTimeout: 5000,
    maxPayload: maxFrameBytes,
    perMessageDeflate: false,
  })
