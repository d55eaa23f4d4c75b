import { z } from 'zod'
import type { Exit } from './exit.ts'
import { filteredBy, type ListOptions, printList } from './list.ts'
import { perform } from './perform.ts'
import type { Style } from './print.ts'
import type { Terminal } from './terminal.ts'

const Notice = z.looseObject({
  id: z.string(),
  event: z.string(),
  title: z.string(),
  at: z.string(),
  readAt: z.string().nullable(),
})

const inbox = {
  path: '/notifications',
  item: Notice,
  head: ['ID', 'AT', 'EVENT', 'WHAT', 'READ'],
  row: ({ id, at, event, title, readAt }: z.infer<typeof Notice>) => [id, at, event, title, readAt ?? 'no'],
}

export type InboxOptions = ListOptions & { readonly unread?: boolean }

export const notificationsList = (terminal: Terminal, options: InboxOptions): Promise<Exit> =>
  printList(terminal, inbox, options, filteredBy(options.unread ? { unread: 'true' } : {}))

const Read = z.looseObject({ read: z.number() })

/** Without names: all of them. */
export const notificationsRead = (terminal: Terminal, ids: readonly string[], style: Style): Promise<Exit> =>
  perform(terminal, style, { ok: true, value: '/notifications/read' }, async (control, path) => {
    const body = ids.length === 0 ? {} : { ids }
    const answer = await control.call({ method: 'POST', path, body }, Read)
    if (!answer.ok) return answer
    const { read } = answer.value
    return { ok: true, value: { raw: answer.raw, quiet: String(read), text: `${read} marked as read\n` } }
  })

const Preferred = z.looseObject({ preferences: z.looseObject({ mail: z.string() }) })

/** Without a word: how it is. */
export const notificationsMail = (terminal: Terminal, when: string | undefined, style: Style): Promise<Exit> =>
  perform(terminal, style, { ok: true, value: '/notifications/preferences' }, async (control, path) => {
    const call =
      when === undefined ? { method: 'GET' as const, path } : { method: 'PATCH' as const, path, body: { mail: when } }
    const answer = await control.call(call, Preferred)
    if (!answer.ok) return answer
    const { mail } = answer.value.preferences
    return { ok: true, value: { raw: answer.raw, quiet: mail, text: `mail: ${mail}\n` } }
  })
