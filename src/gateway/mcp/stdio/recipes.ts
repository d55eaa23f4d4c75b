import { createHash } from 'node:crypto'
import { headerFor } from '../../../credentials/injection.ts'
import type { Secret } from '../../../secret.ts'
import type { ServerRecord } from '../../../servers/schema.ts'
import type { ConnectionSpec } from '../sse/connection.ts'
import type { ChildSpec } from './child.ts'
import { createCredentialRedaction } from './redact.ts'

/** How to start a server: its record, and what is opened for it. */
export type Recipe = {
  readonly server: ServerRecord
  readonly env: Readonly<Record<string, string>>
  readonly credential: Secret | null
}

export const isSse = ({ transport }: ServerRecord): boolean => transport.type === 'sse'

export function childSpecOf({ server, env }: Recipe): ChildSpec {
  if (server.transport.type !== 'stdio') throw new Error('Only stdio servers run as children')
  const { command, args } = server.transport
  return { label: server.slug, command, args, env }
}

export function connectionSpecOf({ server, credential }: Recipe): ConnectionSpec & { readonly label: string } {
  const { transport, injection, timeouts, organization, slug } = server
  if (transport.type !== 'sse') throw new Error('Only servers over HTTP+SSE are connected to')
  const header = injection === null || credential === null ? null : headerFor(injection.slot, credential)
  if (injection !== null && header === null) throw new Error('the credential does not fit its slot')
  return {
    label: slug,
    organization,
    url: transport.url,
    injected: header === null ? null : { name: header.name, value: header.value.reveal() },
    clean: createCredentialRedaction(credential),
    connectMs: timeouts.connectSeconds * 1000,
    // A server may answer a POST only when it has done what it says: whoever waits for the answer is told earlier.
    postMs: timeouts.idleSeconds * 1000,
  }
}

/**
 * Changes with whatever the server is started with, not with its name. In memory only, and a hash even there: it is
 * compared and never opened. Once per record and environment, not once per call: both are replaced and never changed.
 */
export function createFingerprints(): (recipe: Recipe) => string {
  const known = new WeakMap<ServerRecord, { env: object; fingerprint: string }>()
  return (recipe) => {
    const held = known.get(recipe.server)
    if (held?.env === recipe.env) return held.fingerprint
    const fingerprint = fingerprintOf(recipe)
    known.set(recipe.server, { env: recipe.env, fingerprint })
    return fingerprint
  }
}

function fingerprintOf({ server: { transport, injection }, env }: Recipe): string {
  const place = transport.type === 'stdio' ? [transport.command, transport.args] : [transport.url]
  const variables = Object.entries(env).toSorted(([a], [b]) => (a < b ? -1 : 1))
  const credential = injection === null ? null : [injection.credential, injection.version, injection.slot]
  return createHash('sha256')
    .update(JSON.stringify([transport.type, place, variables, credential]))
    .digest('base64')
}
