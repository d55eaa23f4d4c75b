import { listEvents, type SealedEvent } from '../../audit/store.ts'
import type { Db } from '../../db/database.ts'
import type { Refs } from '../../http/lists.ts'
import { may, reachOf } from '../../people/may.ts'
import type { Actor } from '../../people/schema.ts'
import { callsOf, type SeenCall } from '../../usage/calls/store.ts'
import { clientsOf } from '../../usage/clients/store.ts'
import { type ShowChildDeps, showChildren } from '../children/show.ts'
import { listChildren } from '../children/store.ts'
import { clientView, versionView } from '../rotation/view.ts'
import type { StoredKey } from '../store.ts'
import type { Evidence } from './schema.ts'

const daysKept = 30
const atMost = 200
/** More than are kept apart for one key. */
const seenAtMost = 5000

export type Found = { readonly evidence: Evidence; readonly refs: Refs }

/** Who has used the key, for what, and what was done to it. In a unit of work that reads. */
export async function evidenceOf(
  deps: Omit<ShowChildDeps, 'read'>,
  db: Db,
  actor: Actor,
  key: StoredKey,
): Promise<Found> {
  const { organization, id, versions } = key.record
  const since = deps.now() - daysKept * 86_400_000
  const clients = await clientsOf(db, organization, id, { since, limit: seenAtMost })
  const calls = await callsOf(db, organization, id, { since, limit: seenAtMost })
  const made = await listChildren(db, organization, { key: id, before: null, limit: atMost })
  const children = await showChildren(deps, db, key.record, made)
  const called = await calledOf(deps, db, organization, calls)
  return {
    evidence: {
      since: new Date(since).toISOString(),
      clients: clients.map(clientView),
      calls: calls.map(callView),
      children: children.items,
      versions: versions.map(({ version }) => {
        const { clients: _, ...shown } = versionView(key, version, null, [])
        return shown
      }),
      events: mayReadEvents(actor) ? await eventsOf(db, organization, id, since) : [],
    },
    refs: { ...children.refs, ...called },
  }
}

/** Of all of the log or of nothing: the events of a key tell of whoever manages it, too. */
export const mayReadEvents = (actor: Actor): boolean =>
  may(actor, 'audit-events:read') && reachOf(actor.role, 'audit-events:read') === 'all'

const readAtOnce = 20
/** Of their JSON: one event may be as long as a body, and whoever has the key could have made any number of them. */
const lengthAtMost = 1_048_576

/** The newest ones, as many as fit: what somebody has written into the log must not keep anybody from ending the key. */
async function eventsOf(db: Db, organizationId: string, id: string, from: number): Promise<Evidence['events']> {
  const found: Evidence['events'] = []
  let [length, below]: [number, number | null] = [0, null]
  while (found.length < atMost) {
    const page: SealedEvent[] = (await listEvents(db, organizationId, { subject: id, from }, below, readAtOnce)).events
    for (const { organization: _, ...event } of page) {
      length += JSON.stringify(event).length
      if (length > lengthAtMost) return found
      found.push(event)
    }
    below = page.at(-1)?.seq ?? null
    if (page.length < readAtOnce) break
  }
  return found
}

const callView = ({ server, tool, firstSeenAt, lastSeenAt, requests }: SeenCall): Evidence['calls'][number] => ({
  server,
  tool,
  firstSeenAt: new Date(firstSeenAt).toISOString(),
  lastSeenAt: new Date(lastSeenAt).toISOString(),
  requests,
})

const namedAtOnce = 500

/** A call of a model stands under its provider. */
async function calledOf(
  { directory }: Pick<ShowChildDeps, 'directory'>,
  db: Db,
  organizationId: string,
  calls: readonly SeenCall[],
): Promise<Refs> {
  const ids = [...new Set(calls.map(({ server }) => server))].filter((id) => id !== '')
  const refs: Refs = {}
  for (let at = 0; at < ids.length; at += namedAtOnce) {
    const some = ids.slice(at, at + namedAtOnce)
    for (const resolve of [directory.servers, directory.providers])
      for (const { id, slug, name } of (await resolve(db, organizationId, some)).values()) refs[id] = { slug, name }
  }
  return refs
}
