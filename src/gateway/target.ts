import { createHash } from 'node:crypto'
import type { KeyRecord } from '../keys/schema.ts'
import type { ServerRecord } from '../servers/schema.ts'
import type { Holder } from './mcp/sessions.ts'

/** What a server record leads to. The same id may lead elsewhere tomorrow; what was opened here has no business there. */
type Target = {
  readonly address: string
  /** The credential that goes with it, by id and version. */
  readonly credential: string
}

/** Records are replaced and never changed, so each is looked at once. */
const known = new WeakMap<ServerRecord, Target>()

function targetOf(server: ServerRecord): Target {
  const held = known.get(server)
  if (held) return held
  const { transport, injection } = server
  const place = transport.type === 'http' ? transport.url : [transport.command, ...transport.args]
  const target = {
    // A hash, because an address may be long and this stands in every session id.
    address: createHash('sha256').update(JSON.stringify(place)).digest('base64url').slice(0, 16),
    credential: injection === null ? '' : JSON.stringify([injection.credential, injection.version, injection.slot]),
  }
  known.set(server, target)
  return target
}

export function leadsElsewhere(before: ServerRecord, now: ServerRecord): boolean {
  if (before === now) return false
  const [was, is] = [targetOf(before), targetOf(now)]
  return was.address !== is.address || was.credential !== is.credential
}

export const holderOf = (key: KeyRecord, server: ServerRecord): Holder => ({
  organization: key.organization,
  server: server.id,
  target: targetOf(server).address,
  key: key.id,
})
