import type { Database } from '../../db/database.ts'
import { addressee, claimMail, type DueMail, dueMembers, settleMail } from './store.ts'
import { type Letter, letterOf } from './text.ts'
import { givenUpAfterMs, retryAfterMs } from './when.ts'

/** Resolves when the mail server has taken it. */
export type Post = (letter: Letter) => Promise<void>

export type SendDeps = {
  readonly system: Pick<Database['system'], 'read'>
  readonly transaction: Database['transaction']
  readonly post: Post
  readonly from: string
  readonly now: () => number
  readonly log: { readonly warn: (fields: Readonly<Record<string, unknown>>, message: string) => void }
}

/** Longer than an attempt takes; afterwards whoever finds it unsent sends it. */
const turnMs = 120_000
const membersAtOnce = 50
/** In one mail. */
const noticesAtOnce = 50

/** Sends what is due, one mail a person. What fails is tried again for a day. */
export const sendMail =
  (deps: SendDeps) =>
  async (isStopping: () => boolean): Promise<void> => {
    for (let found = membersAtOnce; found === membersAtOnce && !isStopping(); ) {
      const members = await deps.system.read((db) => dueMembers(db, deps.now(), membersAtOnce))
      found = members.length
      for (const { organizationId, memberId } of members) {
        if (isStopping()) return
        await sendTo(deps, organizationId, memberId)
      }
    }
  }

async function sendTo(deps: SendDeps, organizationId: string, memberId: string): Promise<void> {
  const now = deps.now()
  const claim = { now, until: now + turnMs, limit: noticesAtOnce }
  const { due, to } = await deps.transaction(organizationId, async (db) => ({
    due: await claimMail(db, organizationId, memberId, claim),
    to: await addressee(db, organizationId, memberId),
  }))
  const [first, ...more] = due
  if (first === undefined) return
  const settle = (ids: readonly DueMail[], how: Parameters<typeof settleMail>[3]): Promise<void> =>
    deps.transaction(organizationId, (db) =>
      settleMail(
        db,
        organizationId,
        ids.map(({ id }) => id),
        how,
      ),
    )
  if (to === null) return settle(due, { state: 'none', nextAt: null, error: null })
  try {
    await deps.post(letterOf(to, [first, ...more], deps.from))
  } catch (error) {
    deps.log.warn({ error, organization: organizationId, member: memberId }, 'a mail could not be sent')
    return failed(deps, due, settle)
  }
  await settle(due, { state: 'sent', nextAt: null, error: null })
}

type Settle = (some: readonly DueMail[], how: Parameters<typeof settleMail>[3]) => Promise<void>

async function failed({ now }: SendDeps, due: readonly DueMail[], settle: Settle): Promise<void> {
  const at = now()
  const error = 'The mail server did not take it.'
  const over = due.filter((each) => at - each.at >= givenUpAfterMs && each.attempts > 1)
  const rest = due.filter((each) => !over.includes(each))
  if (over.length > 0) await settle(over, { state: 'given-up', nextAt: null, error })
  // Together again, so that they become the same mail.
  const wait = retryAfterMs(Math.max(1, ...rest.map(({ attempts }) => attempts)))
  if (rest.length > 0) await settle(rest, { state: 'waiting', nextAt: at + wait, error })
}
