import { ServerPatch } from '../servers/schema.ts'
import { type Change, type ChangeOptions, changeOne } from './change-one.ts'
import { usage } from './control.ts'
import type { Exit } from './exit.ts'
import { inputOf, present, sentences, yesOrNo } from './input.ts'
import { credentialFor, type HeaderOptions } from './new-server.ts'
import { asTyped } from './perform.ts'
import { type ServerFields, servers } from './server-facts.ts'
import { type TimeOptions, timesIn } from './server-times.ts'
import type { Terminal } from './terminal.ts'
import { type PriceOptions, pricesAfter, toolPricesIn } from './tool-prices.ts'
import type { Given } from './values.ts'

export type ServersUpdateOptions = ChangeOptions &
  HeaderOptions &
  TimeOptions &
  PriceOptions & {
    readonly displayName?: string
    readonly slug?: string
    readonly url?: string
    readonly sse?: boolean
    readonly perGateway?: string
    /** False: it goes. */
    readonly credential?: boolean
  }

export const serversUpdate = async (terminal: Terminal, id: string, options: ServersUpdateOptions): Promise<Exit> =>
  changeOne(terminal, { resource: servers, id }, await changesIn(terminal, options), asTyped, options)

const wrong = {
  slug: sentences.slug('--slug'),
  name: sentences.name('--display-name'),
  'transport.url': '--url must be an address that begins with http:// or https://.',
}

async function changesIn(terminal: Terminal, options: ServersUpdateOptions): Promise<Given<Change<ServerFields>>> {
  const { slug, displayName: name, url, sse } = options
  if (sse && url === undefined) return usage('--sse says what is at --url: give both.')
  const credential = await credentialFor(terminal, options)
  if (!credential.ok) return credential
  if (options.credential === false && credential.value !== null)
    return usage('--no-credential takes it away; it does not go with a new one.')
  const perGateway = yesOrNo('--per-gateway', options.perGateway)
  if (!perGateway.ok) return perGateway
  const times = timesIn(options)
  if (!times.ok) return times
  const prices = toolPricesIn(options)
  if (!prices.ok) return prices
  const fields = present({
    slug,
    name,
    transport: url === undefined ? undefined : { type: sse ? 'sse' : 'http', url },
    credential: options.credential === false ? null : (credential.value ?? undefined),
    perGateway: perGateway.value,
  })
  if (times.value === null && prices.value === null && Object.keys(fields).length === 0)
    return usage('Nothing to change was given; --help names what can be.')
  const patch = inputOf(ServerPatch, fields, wrong)
  const [changed, priced] = [times.value, prices.value]
  if (!patch.ok || (changed === null && priced === null)) return patch
  // Control takes the whole of them: times and prices that nobody names stay as they are.
  const change: Change<ServerFields> = ({ item }) => ({
    ok: true,
    value: {
      ...patch.value,
      ...(changed === null ? {} : { timeouts: { ...item.timeouts, ...changed } }),
      ...(priced === null ? {} : { toolPrices: pricesAfter(item.toolPrices ?? {}, priced) }),
    },
  })
  return { ok: true, value: change }
}
