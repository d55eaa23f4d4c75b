import { endOfChild } from '../keys/children/standing.ts'
import { networkOf } from '../keys/network.ts'
import { refusalOfState } from '../keys/standing.ts'
import { admitsAddress } from './addresses.ts'
import { byKey, type Refuses } from './check.ts'
import { admits } from './choice.ts'
import { narrowsOf } from './narrow/cuts.ts'

/** Who comes, from where, and to which gateway. What each of these is asked before or after stands in checks.ts. */

/** Authentication has asked already; here again, because lists and open streams are decided on without it. */
export const standing: Refuses = (subject, _call, now) => {
  const code = refusalOfState(subject.key, now)
  if (code !== null) return byKey(subject, code, 'key.state')
  // A decoy is good for nothing, and to whoever holds it looks like any key that is over.
  return subject.key.honey ? byKey(subject, 'key_revoked', 'key.honey') : null
}

/** Nothing that follows from the key is in it: what the key may no longer do, its children may not. */
export const child: Refuses = (subject, _call, now) => {
  if (subject.child === null) return null
  const ended = endOfChild(subject.child.made, subject.key, subject.child.isRevoked, now)
  return ended && byKey(subject, ended.code, ended.rule)
}

/** An app has one key: a replaced one stays refused, even if somebody extends its life. */
export const owner: Refuses = (subject) => {
  const { key, backing } = subject
  if (!backing.isOwned) return byKey(subject, 'key_inactive', 'key.owner')
  if (key.owner.type !== 'app' || backing.app?.key === key.id) return null
  return { code: 'key_revoked', rule: 'app.key', revision: backing.app?.revision ?? key.revision }
}

export const gateway: Refuses = (subject) => {
  const isAdmitted = admits(subject.key.scope.gateways, subject.gateway)
  return isAdmitted ? null : byKey(subject, 'gateway_not_allowed', 'key.gateways')
}

export const address: Refuses = (subject) => {
  const isAdmitted = admitsAddress(subject.key.scope.addresses, subject.address)
  if (!isAdmitted) return byKey(subject, 'address_not_allowed', 'key.addresses')
  if (!subject.backing.addresses.every((rule) => admitsAddress(rule, subject.address)))
    return byKey(subject, 'address_not_allowed', 'policies.addresses')
  for (const { addresses } of narrowsOf(subject))
    if (addresses !== undefined && !admitsAddress(addresses, subject.address))
      return byKey(subject, 'address_not_allowed', 'child.addresses')
  return null
}

/** What is no address comes from no network. */
export const network: Refuses = (subject) => {
  const pinned = subject.key.pin?.network ?? null
  const isAtHome = pinned === null || networkOf(subject.address) === pinned
  return isAtHome ? null : byKey(subject, 'address_not_allowed', 'key.network')
}

/** Refused at writing; asked again because two changes that are right by themselves may meet. */
export const environment: Refuses = (subject) =>
  subject.backing.isOneEnvironment ? null : byKey(subject, 'environment_mixed', 'key.projects')

export const kind: Refuses = (subject, call) => {
  const { scope } = subject.key
  const code = call.kind === 'mcp' ? 'mcp_disabled' : 'llm_disabled'
  if (!scope[call.kind].enabled) return byKey(subject, code, `key.${call.kind}.enabled`)
  for (const narrow of narrowsOf(subject))
    if (narrow[call.kind]?.enabled === false) return byKey(subject, code, `child.${call.kind}.enabled`)
  return null
}
