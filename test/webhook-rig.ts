import { createSecretKey, randomBytes } from 'node:crypto'
import type { Party } from '../src/audit/chain.ts'
import type { AuditAction } from '../src/audit/schema.ts'
import { insertEvent, seal } from '../src/audit/store.ts'
import { createVault } from '../src/credentials/vault.ts'
import type { Database } from '../src/db/database.ts'
import type { Address } from '../src/http/egress/lookup.ts'
import { newId } from '../src/keys/token.ts'
import type { Actor } from '../src/people/schema.ts'
import { type Courier, createCourier } from '../src/webhooks/courier.ts'
import { createWebhook } from '../src/webhooks/create.ts'
import { deliverNow } from '../src/webhooks/deliver.ts'
import type { WebhookDeps } from '../src/webhooks/deps.ts'
import type { Ground } from '../src/webhooks/destination.ts'
import { createPost } from '../src/webhooks/post.ts'
import { actorOf, granted } from './keyring.ts'
import { addOrganization } from './stores.ts'

export const orgA = 'org_000000000000000a'
export const orgB = 'org_000000000000000b'

type EventFacts = Partial<{ readonly subject: Party; readonly after: unknown; readonly organization: string }>
const oneTeam: Party = { kind: 'team', id: 'team_1', name: 'One' }

/** Webhooks over a real database and real receivers, with a clock that a test can set forward. */
export async function createWebhookRig(database: Database, { organizations = true } = {}) {
  let ahead = 0
  const now = () => Date.now() + ahead
  const names = new Map<string, readonly Address[]>()
  const ground: Ground = { insecureHttp: false, ownOrigins: [], ownPorts: () => [8420, 8421], localAddresses: () => [] }
  const lookUp = async (name: string) => {
    const found = names.get(name)
    if (!found) throw new Error(`getaddrinfo ENOTFOUND ${name}`)
    return found
  }
  const { read, transaction, system } = database
  const base = { read, transaction, system, now, newId: (prefix: string) => newId(prefix, randomBytes) }
  const vault = createVault({ root, randomBytes, now })
  const post = createPost({ ground, lookUp })
  const deps = {
    ...base,
    vault,
    ground,
    lookUp,
    post,
    randomBytes,
    deliverNow: deliverNow({ ...base, vault, post }),
  } satisfies WebhookDeps & Record<string, unknown>
  if (organizations) for (const id of [orgA, orgB]) await addOrganization(database, id, id.slice(-1))

  const told = async (events: readonly ({ readonly action: AuditAction } & EventFacts)[]): Promise<string[]> => {
    const ids: string[] = []
    for (const { action, subject = oneTeam, after, organization = orgA } of events)
      await transaction(organization, async (db) => {
        const id = base.newId('evt')
        ids.push(id)
        await insertEvent(db, organization, {
          id,
          at: now(),
          requestId: 'req_AAAABBBBCCCCDDDD',
          actor: { kind: 'member', id: 'mem_1', name: 'Ada' },
          action,
          subject,
          ...(after === undefined ? {} : { after }),
        })
      })
    await sealed(database)
    return ids
  }
  const couriers: Courier[] = []
  return {
    deps,
    names,
    owner: (organizationId = orgA): Actor => actorOf(organizationId, 'mem_0000000000000001', 'owner'),
    forward: (ms: number): void => {
      ahead += ms
    },
    /** One more process that sends, which looks when it is woken and not by itself. */
    courier: (sender = 'control'): Courier => {
      const courier = createCourier({
        ...deps,
        sender,
        every: () => () => {},
        log: { error: (fields, message) => console.log(message, fields) },
      })
      couriers.push(courier)
      return courier
    },
    stop: () => Promise.all(couriers.map((courier) => courier.stop())),
    webhook: async (url: string, events: string[], organizationId = orgA) => {
      const actor = actorOf(organizationId, 'mem_0000000000000001', 'owner')
      const made = granted(await createWebhook(deps)(actor, { url, events }, 'req_AAAABBBBCCCCDDDD'))
      await sealed(database)
      return { id: made.webhook.id, secret: made.secret.reveal() }
    },
    /** One audit event, sealed into its chain. */
    event: (action: AuditAction, more: EventFacts = {}) => told([{ action, ...more }]).then(([id = '']) => id),
    /** Many at once. */
    events: told,
    deliveries: (organization = orgA) =>
      read(organization, (db) =>
        db
          .selectFrom('webhook_deliveries')
          .selectAll()
          .where('organization_id', '=', organization)
          .orderBy('seq')
          .execute(),
      ),
  }
}

const root = { id: 'root', key: createSecretKey(randomBytes(32)) }

const sealed = (database: Database): Promise<number> => database.system.transaction(seal)
