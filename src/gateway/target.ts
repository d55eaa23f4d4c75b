import { createHash } from 'node:crypto'
import type { ServerRecord } from '../servers/schema.ts'
import type { Caller } from './authenticate.ts'
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
  const place = placeOf(transport)
  const target = {
    // A hash, because an address may be long and this stands in every session id.
    address: createHash('sha256').update(JSON.stringify(place)).digest('base64url').slice(0, 16),
    credential: injection === null ? '' : JSON.stringify([injection.credential, injection.version, injection.slot]),
  }
  known.set(server, target)
  return target
}

/** By which it is compared where no record is at hand. */
export const targetNameOf = (server: ServerRecord): string => JSON.stringify(targetOf(server))

/** The same address by another protocol is another server. */
function placeOf(transport: ServerRecord['transport']): string | readonly string[] {
  if (transport.type === 'stdio') return [transport.command, ...transport.args]
  return transport.type === 'http' ? transport.url : [transport.type, transport.url]
}

export function leadsElsewhere(before: ServerRecord, now: ServerRecord): boolean {
  if (before === now) return false
  const [was, is] = [targetOf(before), targetOf(now)]
  return was.address !== is.address || was.credential !== is.credential
}

/**
 * Whose a session is. Children that may do the same share theirs, so that one that is renewed finds it again; one that
 * may do less than who opened it has no business there.
 */
export const holderOf = (caller: Caller, server: ServerRecord): Holder => ({
  organization: caller.key.organization,
  server: server.id,
  target: targetOf(server).address,
  key: holderNameOf(caller),
})

export const holderNameOf = ({ key, child }: Caller): string =>
  child === null || child.rights === '' ? key.id : `${key.id} ${child.rights}`
