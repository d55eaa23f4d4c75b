import { canonicalAddress } from '../http/client-address.ts'
import { embeddedIn, kindOf } from '../http/egress/address.ts'
import { hostOf, isLocalName } from '../http/egress/reach.ts'
import { problemOfUrl } from '../http/upstream-url.ts'

/** Where this installation stands, so that a webhook does not lead back into it. */
export type Ground = {
  /** Plain http beyond this machine: the operator has said so. */
  readonly insecureHttp: boolean
  /** Public addresses of control and gateway, as origins. */
  readonly ownOrigins: readonly string[]
  /** Ports that its processes listen on. */
  readonly ownPorts: () => readonly number[]
  /** Addresses of this machine's network interfaces. */
  readonly localAddresses: () => readonly string[]
}

/** What is wrong with the address of a webhook, as the end of a sentence; null: nothing that its text tells. */
export function problemOfDestination(text: string, ground: Ground): string | null {
  const url = URL.parse(text)
  if (url === null) return 'must be a URL'
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password'
  const problem = problemOfUrl(text)
  if (problem !== null) return problem
  if (ground.ownOrigins.includes(url.origin)) return leadsHere
  const host = hostOf(url)
  const address = canonicalAddress(host)
  if (address !== null) return problemOfAddress(address, url, ground)
  if (url.protocol === 'http:' && !ground.insecureHttp && !isLocalName(host)) return needsHttps
  return isLocalName(host) && ground.ownPorts().includes(portOf(url)) ? leadsHere : null
}

/** The same of an address that the name in the URL has turned out to stand for. */
export function problemOfAddress(text: string, url: URL, ground: Ground): string | null {
  const address = canonicalAddress(text)
  if (address === null) return 'leads to no address'
  const meant = embeddedIn(address) ?? address
  const kind = kindOf(address)
  if (kind === 'never') return 'leads to an address that no webhook is sent to'
  const isLoopback = kind === 'loopback'
  if (url.protocol === 'http:' && !ground.insecureHttp && !isLoopback) return needsHttps
  const isHere = isLoopback || ground.localAddresses().some((local) => canonicalAddress(local) === meant)
  return isHere && ground.ownPorts().includes(portOf(url)) ? leadsHere : null
}

const leadsHere = 'leads to Ostiary itself'
const needsHttps = 'must begin with https://; plain http is for this machine itself (127.0.0.1, [::1], localhost)'

export const portOf = (url: URL): number => Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
