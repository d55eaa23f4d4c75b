import { newId } from '../keys/token.ts'
import { createMailPost } from '../notifications/mail/post.ts'
import { sendMail } from '../notifications/mail/send.ts'
import { forgetQuotas } from '../notifications/quota/store.ts'
import { forgetNotifications } from '../notifications/store.ts'
import { tellPeople } from '../notifications/tell.ts'
import type { Job } from './jobs.ts'
import type { Store } from './open-store.ts'
import type { World } from './world.ts'

const secondMs = 1000
const hourMs = 3_600_000
const dayMs = 24 * hourMs
const keptMs = 90 * dayMs
const quotasKeptDays = 40

/** Who is told of what, in the inbox and by mail. */
export const notificationJobs = (world: World, { database }: Store): Job[] => {
  const { config, now, randomBytes, log } = world
  const { system, transaction } = database
  const { smtpUrl: url, mailFrom: from } = config
  const tell = {
    system,
    transaction,
    newId: (prefix: string) => newId(prefix, randomBytes),
    now,
    canMail: url !== null,
  }
  const mailing = (): Job[] => {
    if (url === null || from === null) return []
    const post = createMailPost({ url, from })
    return [{ name: 'send mail', everyMs: 5 * secondMs, run: sendMail({ system, transaction, post, from, now, log }) }]
  }
  return [
    { name: 'tell people', everyMs: 2 * secondMs, run: tellPeople(tell) },
    ...mailing(),
    {
      name: 'forget old notices',
      everyMs: hourMs,
      run: async (isStopping) => {
        while (!isStopping() && (await system.transaction((db) => forgetNotifications(db, now() - keptMs))));
        await system.transaction((db) => forgetQuotas(db, Math.floor(now() / dayMs) - quotasKeptDays))
      },
    },
  ]
}
