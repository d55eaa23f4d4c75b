import type { Checkpoint } from '../../audit/checkpoint.ts'
import { type ChainState, chainStates, checkpointsBetween } from '../../audit/checkpoints/store.ts'
import { eventsBetween, type SealedEvent } from '../../audit/store.ts'
import type { Database } from '../../db/database.ts'
import type { Choice } from '../../keys/schema.ts'
import { type AttachedGateway, servesOrganization } from '../roster.ts'
import type { Session } from '../session.ts'
import type { SetTimer } from '../wire.ts'
import { concerns } from './concerns.ts'
import type { AuditFrame } from './schema.ts'
import { firstSince, gatewaysOfKeys } from './store.ts'

export type AuditNewsDeps = {
  readonly database: { readonly system: Pick<Database['system'], 'read'> }
  /** Called after each commit, that of the sealing among them. */
  readonly onCommit: Database['onCommit']
  readonly admits: (choice: Choice, gateway: string) => boolean
  readonly sessions: ReadonlySet<Session>
  readonly now: () => number
  readonly setTimer: SetTimer
  readonly log: { readonly error: (fields: object, message: string) => void }
}
/** Hands gateways the events of keys that they keep for themselves, after these were sealed. */
export type AuditNews = {
  /** Somebody has come, or something may have been sealed. */
  readonly wake: () => void
  /** A gateway has lost something of what it was sent, and has this much of each organization's log. */
  readonly restart: (session: Session, held: Held) => void
  readonly stop: () => void
}

/** How far an old gateway is caught up with: what it keeps is bounded, too. */
const keptMs = 30 * 86_400_000
const keptEvents = 100_000
/** Numbers that one unit of work looks at, and bytes of one frame. */
const perPage = 1000
const bytesPerFrame = 262_144
/** Commits of other controls may go unheard. */
const pollMs = 5000
const retryMs = 1000

type Held = Readonly<Record<string, number>>
/** By organization: how far was looked for this session, how far it was told, and the last checkpoint that it was sent. */
type Place = {
  readonly held: Held
  readonly looked: Map<string, number>
  readonly told: Map<string, number>
  readonly signed: Map<string, number>
  isBusy: boolean
}
const placeFrom = (held: Held): Place => ({
  held,
  looked: new Map(),
  told: new Map(),
  signed: new Map(),
  isBusy: false,
})

export function createAuditNews(deps: AuditNewsDeps): AuditNews {
  const places = new WeakMap<Session, Place>()
  let [isRunning, again, isStopped] = [false, false, false]
  let stopTimer = (): void => {}

  const run = async (): Promise<void> => {
    isRunning = true
    try {
      do {
        again = false
        while (!isStopped && (await round(deps, places, wake)));
      } while (again && !isStopped)
    } catch (error) {
      if (!isStopped) {
        deps.log.error({ error }, 'feed: audit events cannot be handed out; trying again')
        deps.setTimer(retryMs, wake)
      }
    }
    isRunning = false
  }
  const wake = (): void => {
    again = true
    if (!isRunning && !isStopped) void run()
  }
  const poll = (): void => {
    stopTimer = deps.setTimer(pollMs, () => {
      wake()
      poll()
    })
  }
  const unsubscribe = deps.onCommit(wake)
  poll()
  return {
    wake,
    restart: (session, held) => {
      places.set(session, placeFrom(held))
      wake()
    },
    stop: () => {
      isStopped = true
      unsubscribe()
      stopTimer()
    },
  }
}

/** One page for each organization and each place in its log where sessions stand; true: there is more. */
async function round(deps: AuditNewsDeps, places: WeakMap<Session, Place>, wake: () => void): Promise<boolean> {
  const idle = [...deps.sessions].filter((session) => isOpen(session) && !isBusy(places, session))
  if (idle.length === 0) return false
  let isMore = false
  for (const chain of await deps.database.system.read((db) => chainStates(db, organizationsOf(idle)))) {
    const { organization } = chain
    const at = new Map<number, Session[]>()
    for (const session of idle.filter(({ gateway }) => servesOrganization(gateway, organization))) {
      const from = await begun(deps, placeOf(places, session), session, chain)
      at.set(from, [...(at.get(from) ?? []), session])
    }
    for (const [from, sessions] of at) {
      const upTo = Math.min(from + perPage, chain.seq)
      isMore ||= upTo < chain.seq
      const page = await readPage(
        deps,
        chain,
        from,
        upTo,
        sessions.map((session) => placeOf(places, session)),
      )
      if (page) for (const session of sessions) hand(deps, placeOf(places, session), session, page, wake)
    }
  }
  return isMore
}

/** Gateways of an older release keep no log of their own. */
const isOpen = ({ hello, isSyncing, isRevoked }: Session): boolean =>
  hello.audit !== undefined && !isSyncing && !isRevoked

const placeOf = (places: WeakMap<Session, Place>, session: Session): Place => {
  const known = places.get(session) ?? placeFrom(session.hello.audit ?? {})
  places.set(session, known)
  return known
}
const isBusy = (places: WeakMap<Session, Place>, session: Session): boolean => places.get(session)?.isBusy ?? false

/** Null: all there are. */
const organizationsOf = (sessions: readonly Session[]): readonly string[] | null =>
  sessions.some(({ gateway }) => gateway.serves === 'all')
    ? null
    : [...new Set(sessions.map(({ gateway }) => gateway.organizationId))]

/** Where the session stands in the log of an organization; at first where its own log ends. */
async function begun(deps: AuditNewsDeps, place: Place, { gateway }: Session, chain: ChainState): Promise<number> {
  const { organization } = chain
  const known = place.looked.get(organization)
  if (known !== undefined) return known
  const held = place.held[organization] ?? 0
  const isAhead = held > chain.seq
  if (isAhead)
    deps.log.error(
      { organization, gateway: gateway.id, seq: chain.seq, held },
      'a gateway keeps audit events that the log does not have: it was cut off, or restored from a backup',
    )
  const since = await deps.database.system.read((db) => firstSince(db, organization, deps.now() - keptMs))
  const oldest = since === null ? chain.seq : since - 1
  const from = Math.min(chain.seq, Math.max(isAhead ? 0 : held, oldest, chain.seq - keptEvents))
  place.looked.set(organization, from)
  place.told.set(organization, Math.min(held, from))
  place.signed.set(organization, isAhead ? 0 : held)
  return from
}

type Page = {
  readonly organization: string
  readonly upTo: number
  readonly events: readonly SealedEvent[]
  readonly gateways: ReadonlyMap<string, Choice>
  /** The last one that covers no more than was sent. */
  readonly checkpoint: Checkpoint | null
}

/** Null: nothing has happened. */
async function readPage(
  { database }: AuditNewsDeps,
  { organization, signedUpTo }: ChainState,
  from: number,
  upTo: number,
  places: readonly Place[],
): Promise<Page | null> {
  const isSigned = signedUpTo <= upTo && places.some(({ signed }) => (signed.get(organization) ?? 0) < signedUpTo)
  if (from >= upTo && !isSigned) return null
  return database.system.read(async (db) => {
    const events = from < upTo ? await eventsBetween(db, organization, { kind: 'key' }, from, upTo) : []
    const gateways = await gatewaysOfKeys(db, organization, [...new Set(events.map(({ subject }) => subject.id))])
    const [checkpoint = null] = isSigned ? await checkpointsBetween(db, organization, signedUpTo - 1, signedUpTo) : []
    return { organization, upTo, events, gateways, checkpoint }
  })
}

function hand(deps: AuditNewsDeps, place: Place, session: Session, page: Page, wake: () => void): void {
  const { organization, upTo, checkpoint } = page
  const isNew = checkpoint !== null && checkpoint.seq > (place.signed.get(organization) ?? 0)
  const events = eventsFor(deps, session.gateway, page)
  place.looked.set(organization, upTo)
  if (events.length === 0 && !isNew) return
  const after = place.told.get(organization) ?? 0
  place.told.set(organization, upTo)
  if (isNew) place.signed.set(organization, checkpoint.seq)
  place.isBusy = true
  const frame = { type: 'audit', organization, after, upTo, checkpoints: isNew ? [checkpoint] : [] } as const
  void session.wire.sendPaced(framesOf(frame, events)).then(() => {
    place.isBusy = false
    wake()
  })
}

const eventsFor = ({ admits }: AuditNewsDeps, { id }: AttachedGateway, { events, gateways }: Page) =>
  events.filter((event) => concerns(admits, id, gateways.get(event.subject.id), event))

/** Events in the order of their chain, in pieces; what covers them comes with the last one. */
function* framesOf(frame: Omit<AuditFrame, 'events'>, found: readonly SealedEvent[]): Generator<string> {
  const views = found.map(({ organization: _, ...event }) => event)
  let [{ after }, begun, bytes] = [frame, 0, 0]
  for (const [at, view] of views.entries()) {
    bytes += JSON.stringify(view).length
    if (bytes < bytesPerFrame) continue
    const events = views.slice(begun, at + 1)
    yield textOf({ ...frame, after, upTo: view.seq, events, checkpoints: [] })
    ;[after, begun, bytes] = [view.seq, at + 1, 0]
  }
  yield textOf({ ...frame, after, events: views.slice(begun) })
}

const textOf = (frame: AuditFrame): string => JSON.stringify(frame)
