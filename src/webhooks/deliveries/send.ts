import type { Vault } from '../../credentials/vault.ts'
import type { Database, Db } from '../../db/database.ts'
import { deliver, failureOf, type Opened, openedBy } from '../deliver.ts'
import { errorText } from '../error-text.ts'
import type { Post, Posted } from '../post.ts'
import { noteOutcome } from '../store.ts'
import {
  type Delivery,
  endTurn,
  giveUpDeliveries,
  hurryWaiting,
  nextDue,
  settleDelivery,
  type Target,
  takeTurn,
} from './store.ts'

export type SendDeps = {
  readonly transaction: Database['transaction']
  readonly vault: Pick<Vault, 'decryptText'>
  readonly post: Post
  /** Names this process among those that send, for as long as it runs. */
  readonly sender: string
  readonly now: () => number
}

/** Longer than an attempt takes: then another process may send. */
const turnMs = 15_000
const firstRetryMs = 5_000
const longestRetryMs = 3_600_000
export const givenUpAfterMs = 24 * 3_600_000
/** After so long a silence what waits for a later attempt is sent at once. */
const silenceMs = 60_000

export const retryAfterMs = (attempts: number): number => Math.min(longestRetryMs, firstRetryMs * 2 ** (attempts - 1))

type Due = Opened & { readonly row: Delivery & { readonly payload: string } }
type Tried = Due & { readonly posted: Posted }

type Ending = {
  /** Takes nothing new. */
  readonly isOver: () => boolean
  /** Cuts what is on its way. */
  readonly signal: AbortSignal
}
/** `elsewhere`: another process sends to it. */
export type Round = 'arrived' | 'failed' | 'elsewhere'

/**
 * Sends what is due for one webhook, in the order of the chain, until nothing is, or until something fails: then its time
 * has come later, and the next ones are tried in another round. Each step notes how the attempt before went, in one unit
 * of work; a process that dies in between has sent what it has not noted, and it is sent again under the same id.
 */
export const sendDue = (deps: SendDeps) => {
  const step = (target: Target, tried: Tried | null, isOver: boolean): Promise<Due | Round> =>
    deps.transaction(target.organizationId, async (db) => {
      const hasFailed = tried !== null && (await settle(deps, db, target, tried))
      const now = deps.now()
      const turn = { sender: deps.sender, now, until: now + turnMs }
      if (!(await takeTurn(db, target, turn))) return 'elsewhere'
      const due = isOver || hasFailed ? null : await open(deps, db, target)
      if (due !== null) return due
      await endTurn(db, target, deps.sender)
      return hasFailed ? 'failed' : 'arrived'
    })
  return async (target: Target, { isOver, signal }: Ending): Promise<Round> => {
    let tried: Tried | null = null
    for (;;) {
      const due: Due | Round = await step(target, tried, isOver())
      if (typeof due === 'string') return due
      const posted = await deliver(deps, due, { id: due.row.id, body: due.row.payload, signal })
      // Cut off by our own end: nobody knows whether it has arrived, so it was not tried.
      tried = posted.status === null && signal.aborted ? null : { ...due, posted }
    }
  }
}

async function open({ vault, now }: SendDeps, db: Db, target: Target): Promise<Due | null> {
  const row = await nextDue(db, target, now())
  const opened = row && (await openedBy(vault, db, target.organizationId, target.webhookId))
  return opened && { ...opened, row }
}

/** Answers whether it failed. */
async function settle({ now }: SendDeps, db: Db, target: Target, { row, webhook, secret, posted }: Tried) {
  const { organizationId, webhookId } = target
  const at = now()
  const hasFailed = failureOf(posted) !== null
  const state = hasFailed ? (at - row.createdAt >= givenUpAfterMs ? 'given-up' : 'waiting') : 'delivered'
  const nextAt = at + retryAfterMs(row.attempts + 1)
  const lastError = hasFailed ? errorText(posted, secret) : null
  await settleDelivery(db, organizationId, row, { state, at, nextAt, lastError })
  await noteOutcome(db, organizationId, webhookId, hasFailed ? at : null)
  if (hasFailed) await giveUpDeliveries(db, target, at - givenUpAfterMs)
  // Back after a while: what was put off waits no longer than it has to.
  else if (webhook.failingSince !== null && at - webhook.failingSince >= silenceMs)
    await hurryWaiting(db, organizationId, webhookId, at)
  return hasFailed
}
