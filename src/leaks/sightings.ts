import { type Doer, insertEvent } from '../audit/store.ts'
import { announce } from '../db/changes.ts'
import type { Database, Db } from '../db/database.ts'
import { type AttachedGateway, servesOrganization } from '../fleet/roster.ts'
import type { Sighting } from '../fleet/schema.ts'
import { sourceOf } from '../keys/network.ts'
import { keyId } from '../keys/schema.ts'
import { findKey, type StoredKey } from '../keys/store.ts'
import type { Recently } from './recently.ts'
import { noteBrowser, pinNetwork, suspendOutside } from './store.ts'

export type SightingDeps = {
  readonly transaction: Database['transaction']
  readonly newId: (prefix: string) => string
  readonly now: () => number
  /** For a minute: honey by key and address. */
  readonly toldRecently: Recently
}

export type TakeSightings = (gateway: AttachedGateway, items: readonly Sighting[]) => Promise<void>

/** What gateways tell about keys at once. A gateway speaks for the organizations that it serves and for no other. */
export const takeSightings =
  (deps: SightingDeps): TakeSightings =>
  async (gateway, items) => {
    for (const item of items) {
      if (!servesOrganization(gateway, item.organization) || !isKnownForm(item)) continue
      // One alarm a minute for each decoy and address is enough, and a flood of them reaches no store.
      if (item.kind === 'honey' && deps.toldRecently(`${item.key} ${sourceOf(item.address)}`)) continue
      const seen = { ...item, address: clean(item.address), client: clean(item.client), what: clean(item.what) }
      await deps.transaction(item.organization, (db) => take[item.kind](deps, db, gateway, seen))
    }
  }

const isKnownForm = ({ organization, key }: Sighting): boolean =>
  /^org_[0-9A-Za-z]{16}$/.test(organization) && keyId.safeParse(key).success

/** Text of a stranger's, by way of a gateway: no store takes NUL or half a character. */
const clean = (text: string): string => text.replaceAll('\0', '').toWellFormed()

type Take = (deps: SightingDeps, db: Db, gateway: AttachedGateway, item: Sighting) => Promise<void>

/** A decoy was used: whoever did it has found it where it lay. */
const takeHoney: Take = async (deps, db, gateway, item) => {
  const key = await findKey(db, item.organization, item.key)
  if (!key?.record.honey) return
  const { address, client } = item
  await tell(deps, db, gateway, key, { action: 'key.honey-used', after: { address, client } })
}

const hourMs = 3_600_000

const takeBrowser: Take = async (deps, db, gateway, item) => {
  const key = await findKey(db, item.organization, item.key)
  if (!key) return
  const at = deps.now()
  await noteBrowser(db, item.organization, item.key, at)
  // Each gateway tells once an hour; of several the first is enough.
  if (key.seenInBrowserAt !== null && at - key.seenInBrowserAt < hourMs) return
  const { address, client, what: origin } = item
  await tell(deps, db, gateway, key, { action: 'key.seen-in-browser', after: { origin, address, client } })
}

const otherNetwork = 'used from a second network'

const takeNetwork: Take = async (deps, db, gateway, item) => {
  const { organization, key: id, what: network, address, client } = item
  const key = await findKey(db, organization, id)
  if (!key?.record.pin || network === '') return
  if (await pinNetwork(db, organization, id, network)) {
    await tell(deps, db, gateway, key, { action: 'key.network-pinned', after: { network, address, client } })
  } else if (await suspendOutside(db, organization, id, { network, reason: otherNetwork })) {
    const before = { state: key.record.state, network: key.record.pin.network }
    const after = { state: 'suspended', reason: otherNetwork, network, address, client }
    await tell(deps, db, gateway, key, { action: 'key.network-changed', before, after })
  } else return
  await announce(db, organization, { kind: 'key', id, at: deps.now() })
}

const take = {
  honey: takeHoney,
  browser: takeBrowser,
  network: takeNetwork,
} as const satisfies Record<Sighting['kind'], Take>

type Told = {
  readonly action: 'key.honey-used' | 'key.seen-in-browser' | 'key.network-pinned' | 'key.network-changed'
  readonly before?: object
  readonly after: Readonly<Record<string, string>> & { readonly address: string }
}

async function tell(
  { newId, now }: Pick<SightingDeps, 'newId' | 'now'>,
  db: Db,
  gateway: AttachedGateway,
  { record: { organization, id, name } }: StoredKey,
  { action, before, after }: Told,
): Promise<void> {
  const actor: Doer = { kind: 'system', id: gateway.id, name: `gateway ${gateway.id}`, address: after.address }
  await insertEvent(db, organization, {
    id: newId('evt'),
    at: now(),
    requestId: newId('req'),
    actor,
    action,
    subject: { kind: 'key', id, name },
    ...(before ? { before } : {}),
    after,
  })
}
