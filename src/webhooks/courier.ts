import type { Database } from '../db/database.ts'
import { type Round, type SendDeps, sendDue } from './deliveries/send.ts'
import { dueWebhooks, type Target } from './deliveries/store.ts'
import { type HandOutDeps, handOut } from './queue/hand-out.ts'
import { type Mark, outstandingMarks } from './queue/store.ts'

type Deps = HandOutDeps &
  SendDeps & {
    readonly system: Database['system']
    /** Calls again and again until it is told to stop; must not keep the process alive. */
    readonly every: (ms: number, run: () => void) => () => void
    readonly log: { readonly error: (fields: Readonly<Record<string, unknown>>, message: string) => void }
  }
export type Courier = {
  readonly start: () => void
  /** There may be news: looks at once, or again when a look is on. */
  readonly wake: () => void
  /** Resolves when what is under way has been noted. */
  readonly stop: () => Promise<void>
}

const pollMs = 2_000
/** Between two rounds for a webhook that has refused something. */
const restMs = 5_000
/** What is on its way when the process ends gets so long to be answered. */
const farewellMs = 2_000
/** Receivers that are called at the same time; of one organization fewer, so that its silent ones leave room for others. */
const atOnce = 64
const ofOneAtOnce = 16

type Sending = { readonly organizationId: string; readonly done: Promise<void> }

const isRoomFor = ({ organizationId }: Target, sending: ReadonlyMap<string, Sending>): boolean =>
  sending.size < atOnce &&
  [...sending.values()].filter((each) => each.organizationId === organizationId).length < ofOneAtOnce

/** Takes events from the chains to the webhooks. A slow receiver holds up nobody but itself. */
export const createCourier = (deps: Deps): Courier => {
  const hand = handOut(deps)
  const send = sendDue(deps)
  const sending = new Map<string, Sending>()
  const resting = new Map<string, number>()
  const end = new AbortController()
  let isStopping = false
  let looking: Promise<void> | null = null
  let isAskedAgain = false
  let unset = (): void => {}

  const notHanded =
    ({ organizationId: organization }: Mark) =>
    (err: unknown): boolean => {
      deps.log.error({ err, organization }, 'events could not be handed to webhooks and will be tried again')
      return false
    }
  const serve = (target: Target): void => {
    const { organizationId, webhookId } = target
    const done = send(target, { isOver: () => isStopping, signal: end.signal })
      .catch((err): Round => {
        deps.log.error({ err, webhook: webhookId }, 'events for a webhook could not be sent and will be tried again')
        return 'failed'
      })
      .then((round) => {
        sending.delete(webhookId)
        if (round === 'arrived') resting.delete(webhookId)
        else resting.set(webhookId, deps.now() + restMs)
        wake()
      })
    sending.set(webhookId, { organizationId, done })
  }
  const look = async (): Promise<void> => {
    for (const mark of await deps.system.read(outstandingMarks)) {
      if (isStopping) return
      // More of one organization after the others had their turn, whatever happens to one of them.
      if (await hand(mark).catch(notHanded(mark))) isAskedAgain = true
    }
    const now = deps.now()
    const isFree = ({ webhookId }: Target) => !sending.has(webhookId) && (resting.get(webhookId) ?? 0) <= now
    const due = (await deps.system.read((db) => dueWebhooks(db, now))).filter(isFree)
    if (isStopping) return
    for (const target of due) if (isRoomFor(target, sending)) serve(target)
  }
  const wake = (): void => {
    isAskedAgain = true
    if (isStopping || looking !== null) return
    looking = (async () => {
      while (isAskedAgain && !isStopping) {
        isAskedAgain = false
        await look()
      }
    })()
      .catch((err) => deps.log.error({ err }, 'what webhooks wait for could not be read and will be tried again'))
      .finally(() => {
        looking = null
        if (isAskedAgain) wake()
      })
  }
  return {
    start: () => {
      unset = deps.every(pollMs, wake)
      wake()
    },
    wake,
    stop: async () => {
      isStopping = true
      unset()
      await looking
      const timer = setTimeout(() => end.abort(), farewellMs)
      await Promise.all([...sending.values()].map(({ done }) => done))
      clearTimeout(timer)
    },
  }
}
