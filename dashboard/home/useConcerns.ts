import type { GatewayView } from '../../src/fleet/schema.ts'
import type { ServerView } from '../../src/servers/schema.ts'
import type { WebhookView } from '../../src/webhooks/schema.ts'
import type { PageOf } from '../api.ts'
import { useMay } from '../session/session.tsx'
import { useOne } from '../ui/useCalls.ts'

export type Concern = {
  readonly id: 'findings' | 'requests' | 'expiring' | 'servers' | 'gateways' | 'webhooks'
  readonly n: number
  readonly to: string
  readonly search: Readonly<Record<string, string>>
}

const every = { ms: 30_000 } as const
/** Counted by control, where it counts; else those of the first page. */
const countOf = (page: PageOf<unknown> | undefined): number => page?.total ?? page?.items.length ?? 0

/** Everything that waits for somebody with these rights; what there is none of is left out. */
export function useConcerns() {
  const may = useMay()
  const where = <Path extends string>(right: Parameters<typeof may>[0], path: Path) =>
    may(right) === 'none' ? null : path
  const findings = useOne<PageOf<unknown>>(where('findings:read', '/findings'), { limit: 1 }, every)
  const asked = { state: 'open', limit: 1 }
  const decides = may('access-requests:write') === 'all' ? ('/access-requests' as const) : null
  const requests = useOne<PageOf<unknown>>(decides, asked, every)
  const expiring = useOne<PageOf<unknown>>(
    where('keys:read', '/keys'),
    { status: 'active', expiring: 14, limit: 1 },
    every,
  )
  const servers = useOne<PageOf<ServerView>>(where('servers:read', '/servers'), { limit: 200 }, every)
  const gateways = useOne<PageOf<GatewayView>>(where('gateways:read', '/gateways'), { limit: 200 }, every)
  const webhooks = useOne<PageOf<WebhookView>>(where('webhooks:read', '/webhooks'), { limit: 200 }, every)
  const all: readonly Concern[] = [
    { id: 'findings', n: countOf(findings.data), to: '/activity/key-safety', search: {} },
    { id: 'requests', n: countOf(requests.data), to: '/people/access-requests', search: {} },
    { id: 'expiring', n: countOf(expiring.data), to: '/configuration/api-keys', search: { expiring: '14' } },
    {
      id: 'servers',
      n: servers.data?.items.filter(({ state }) => state === 'unreachable').length ?? 0,
      ...{ to: '/configuration/servers', search: { state: 'unreachable' } },
    },
    {
      id: 'gateways',
      n: gateways.data?.items.filter(({ online }) => !online).length ?? 0,
      ...{ to: '/configuration/gateways', search: {} },
    },
    {
      id: 'webhooks',
      n: webhooks.data?.items.filter(({ failingSince }) => failingSince !== null).length ?? 0,
      ...{ to: '/settings/webhooks', search: {} },
    },
  ]
  return {
    concerns: all.filter(({ n }) => n > 0),
    isLoading: [findings, requests, expiring, servers, gateways, webhooks].some(({ isLoading }) => isLoading),
  }
}
