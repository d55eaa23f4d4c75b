import type { Database, Db } from '../../../db/database.ts'
import type { Directory } from '../../directory.ts'
import { itemsOf } from '../../scope.ts'
import { findKey, type StoredKey } from '../../store.ts'
import { enoughKeys, type Hold, planSchedule, type Waiting } from '../plan-schedule.ts'
import { next } from '../steer.ts'
import { type Rotation, updateRotation } from '../store.ts'
import { actedSince, countLiveKeys, holdSchedules, type WaitingRotation, waitingRotations } from './store.ts'

export type StartDeps = {
  readonly transaction: Database['transaction']
  readonly directory: Pick<Directory, 'serversIn' | 'policies'>
  /** Names this life of this process. */
  readonly boot: string
  readonly now: () => number
}

/** Takes rotations of one organization whose turn it is. What is taken is this process' own until its lease ends. */
export const startTurns =
  (deps: StartDeps) =>
  (organizationId: string): Promise<Rotation[]> =>
    deps.transaction(organizationId, async (db) => {
      await holdSchedules(db, organizationId)
      const at = deps.now()
      const waiting = inReach(await waitingRotations(db, organizationId, at, lookedAt))
      const acted = await actedSince(db, organizationId, at - hourMs)
      const policies = await deps.directory.policies(db, organizationId)
      const enough = enoughKeys(acted.length + waiting.length, policies.maxRotationsPerHourPercent)
      const touching = async (id: string, keyId: string, reachesServers: boolean) =>
        reachesServers ? touched(deps, db, organizationId, id, keyId) : { id, keyId, servers: new Set<string>() }
      const plan = planSchedule({
        now: at,
        policies,
        liveKeys: await countLiveKeys(db, organizationId, enough),
        recent: await inTurn(acted, ({ keyId, reachesServers }) => touching('', keyId, reachesServers)),
        waiting: await inTurn(waiting, ({ rotation: { id, keyId }, reachesServers }) =>
          touching(id, keyId, reachesServers),
        ),
      })
      const byId = new Map(waiting.map(({ rotation }) => [rotation.id, rotation]))
      const taken: Rotation[] = []
      for (const { id } of plan.go.slice(0, takenAtOnce)) {
        const rotation = byId.get(id)
        const mine = rotation && leased(rotation, deps.boot, at)
        if (mine && (await updateRotation(db, mine))) taken.push(mine)
      }
      for (const { id, why } of plan.hold) await noteHold(db, byId.get(id), reasons[why])
      return taken
    })

const hourMs = 3_600_000
const lookedAt = 500
/** What a key reaches takes a look at its rights and servers. Those that reach none are not held up by those that do. */
const reachingAtOnce = 50
const inReach = (waiting: readonly WaitingRotation[]): WaitingRotation[] => {
  let reaching = 0
  return waiting.filter(({ reachesServers }) => !reachesServers || ++reaching <= reachingAtOnce)
}

/** Each may wait ten seconds for its receiver. */
const takenAtOnce = 5
/** Longer than all that is done under it: hashing, news to the gateways, a delivery. */
export const leaseMs = 60_000

const leased = (rotation: Rotation, boot: string, at: number): Rotation => ({
  ...next(rotation),
  state: 'delivering',
  boot,
  attempts: rotation.attempts + 1,
  nextAt: at + leaseMs,
})

const reasons: Readonly<Record<Hold, string>> = {
  blackout: 'Waits: the organization has a blackout now.',
  share: 'Waits: as many keys as the policy allows were rotated within the last hour.',
  server: 'Waits: a key that reaches one of its servers was rotated within the last hour, or waits longer.',
}

/** Once, and not at each look. */
async function noteHold(db: Db, rotation: Rotation | undefined, lastError: string): Promise<void> {
  if (rotation && rotation.lastError !== lastError) await updateRotation(db, { ...next(rotation), lastError })
}

type Servers = { readonly directory: Pick<Directory, 'serversIn'> }

async function touched(deps: Servers, db: Db, organizationId: string, id: string, keyId: string): Promise<Waiting> {
  const key = await findKey(db, organizationId, keyId)
  return { id, keyId, servers: new Set(key ? await serversOf(deps, db, key) : []) }
}

/** Those that its rights name, whatever its owner may use of them. */
async function serversOf({ directory }: Servers, db: Db, { record }: StoredKey) {
  const { mcp, projects } = record.scope
  if (!mcp.enabled || mcp.servers.mode === 'none') return []
  if (mcp.servers.mode === 'only') return mcp.servers.items
  const left = new Set(itemsOf(mcp.servers))
  const open = projects.length === 0 ? [] : await directory.serversIn(db, record.organization, projects)
  return open.map(({ id }) => id).filter((id) => !left.has(id))
}

/** One after the other: a unit of work has one connection. */
async function inTurn<T, U>(items: readonly T[], work: (item: T) => Promise<U>): Promise<U[]> {
  const done: U[] = []
  for (const item of items) done.push(await work(item))
  return done
}
