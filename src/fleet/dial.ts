import { X509Certificate } from 'node:crypto'
import { Agent } from 'node:https'
import { WebSocket } from 'ws'
import type { Secret } from '../secret.ts'
import { fleetPath } from './frames.ts'

/** Larger than any frame that control sends: parts are cut at a megabyte, one record may be several. */
const maxFrameBytes = 64 * 1024 * 1024

/** Reads the file of the one certificate that control may show. Asked at each dial, because it gets renewed. */
export type Trust = () => string

/** `http://host:port` or the feed's full address, either scheme. */
export function feedUrl(address: string): string {
  const url = new URL(address)
  url.protocol = url.protocol === 'https:' || url.protocol === 'wss:' ? 'wss:' : 'ws:'
  if (url.pathname === '/') url.pathname = fleetPath
  return url.href
}

/** Without `trust` control must show a certificate for its name from a public authority. */
export function dial(address: string, token: Secret, trust?: Trust): WebSocket {
  const url = feedUrl(address)
  return new WebSocket(url, {
    headers: { authorization: `Bearer ${token.reveal()}` },
    // The token goes to the configured address and nowhere else.
    followRedirects: false,
    handshakeTimeout: 5000,
    maxPayload: maxFrameBytes,
    perMessageDeflate: false,
    ...(trust && url.startsWith('wss:') ? { agent: agentFor(trust) } : {}),
  })
}

/**
 * A control on this machine is reached by its address, for which its certificate was hardly made out, and nobody need
 * have signed it. So the certificate itself is what counts: that one and no other, not even from the same authority.
 * An agent of its own for each dial: a resumed TLS session would skip the look at the certificate.
 */
function agentFor(trust: Trust): Agent {
  const leaf = leafIn(trust)
  return new Agent({
    // Nobody, when the file cannot be read: the dial fails and the next one reads it again.
    ca: leaf === null ? [] : [leaf.toString()],
    // The authority above it is not asked, and need not be known here.
    allowPartialTrustChain: true,
    checkServerIdentity: (_host, shown) =>
      leaf !== null && shown.fingerprint256 === leaf.fingerprint256
        ? undefined
        : new Error('control shows another certificate than the one in its file'),
  })
}

function leafIn(trust: Trust): X509Certificate | null {
  try {
    return new X509Certificate(trust())
  } catch {
    return null
  }
}
