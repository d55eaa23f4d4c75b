import type { Listener } from '../config.ts'
import type { Feed } from '../fleet/feed.ts'
import { servesOrganization } from '../fleet/roster.ts'

export type AddressSettings = Pick<Listener, 'host' | 'port' | 'publicUrl' | 'tls'>

/** Of a gateway by its settings; null where they do not tell, as with every address of the machine or any free port. */
export function addressOf({ host, port, publicUrl, tls }: AddressSettings): string | null {
  if (publicUrl !== null) return withoutSlash(publicUrl)
  if (port === 0 || host === '0.0.0.0' || host === '::') return null
  return `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/**
 * Where clients of an organization call: what the settings say; else what its own gateways that are attached say of
 * themselves, by id, then `serve`'s; else where one would listen by its settings.
 */
export const createGatewayUrl =
  (settings: AddressSettings, { gatewaysOnline }: Pick<Feed, 'gatewaysOnline'>) =>
  (organizationId: string): string => {
    if (settings.publicUrl !== null) return withoutSlash(settings.publicUrl)
    const [first] = gatewaysOnline()
      .filter((gateway) => servesOrganization(gateway, organizationId) && isWeb(gateway.publicUrl))
      .toSorted((one, other) => rank(one).localeCompare(rank(other)))
    const bound = `${settings.tls ? 'https' : 'http'}://127.0.0.1:${settings.port}`
    return first ? withoutSlash(first.publicUrl) : (addressOf(settings) ?? bound)
  }

const rank = ({ serves, id }: { readonly serves?: 'all' | undefined; readonly id: string }): string =>
  `${serves === 'all' ? 1 : 0} ${id}`

const isWeb = (url: string): boolean => /^https?:$/.test(URL.parse(url)?.protocol ?? '')
const withoutSlash = (url: string): string => url.replace(/\/$/, '')
