import type { SubscriptionFilter } from '@modelcontextprotocol/client'
import { membersOf } from '../stdio/message.ts'
import type { UpstreamClient } from './client.ts'

/** What one client hears of its server's changes: lists where the server announces them, and single resources. */
export type Watch = {
  readonly begin: () => Promise<void>
  /** Rejects with the server's error. */
  readonly set: (uri: string, isOn: boolean) => Promise<void>
  readonly uris: () => ReadonlySet<string>
}

export function createWatch(opened: Promise<UpstreamClient>, first: ReadonlySet<string>): Watch {
  const uris = new Set(first)
  let stop: (() => void) | null = null
  const relisten = async (client: UpstreamClient) => {
    const filter = filterFor(client, uris)
    const before = stop
    // First the new one, so that nothing is missed between the two.
    stop = Object.keys(filter).length === 0 ? null : await client.listen(filter, () => {})
    before?.()
  }
  return {
    uris: () => uris,
    begin: async () => {
      const client = await opened
      // Nobody's call fails because changes are not told.
      if (client.era === 'modern') void relisten(client).catch(() => {})
      else for (const uri of uris) await client.ask('resources/subscribe', { uri }).catch(() => {})
    },
    set: async (uri, isOn) => {
      const client = await opened
      const refused = (error: unknown) => {
        uris.delete(uri)
        throw error
      }
      if (isOn) uris.add(uri)
      else uris.delete(uri)
      if (client.era === 'modern') await relisten(client).catch(refused)
      else await client.ask(isOn ? 'resources/subscribe' : 'resources/unsubscribe', { uri }).catch(refused)
    },
  }
}

function filterFor({ capabilities }: UpstreamClient, uris: ReadonlySet<string>): SubscriptionFilter {
  const says = (of: string) => membersOf(capabilities[of])['listChanged'] === true
  return {
    ...(says('tools') ? { toolsListChanged: true } : {}),
    ...(says('prompts') ? { promptsListChanged: true } : {}),
    ...(says('resources') ? { resourcesListChanged: true } : {}),
    ...(uris.size > 0 ? { resourceSubscriptions: [...uris] } : {}),
  }
}
