import { z } from 'zod'
import { type ChangeOptions, changeOne } from './change-one.ts'
import { usage } from './control.ts'
import type { Exit } from './exit.ts'
import { present } from './input.ts'
import { type ListOptions, printList } from './list.ts'
import { makeOne } from './make-one.ts'
import { asTyped, perform } from './perform.ts'
import { plain, printFailure, type Style } from './print.ts'
import type { Resource } from './resource.ts'
import type { Terminal } from './terminal.ts'
import { byComma, type Given, pathTo } from './values.ts'

const WebhookFields = z.looseObject({
  id: z.string(),
  name: z.string(),
  url: z.string(),
  events: z.array(z.string()),
  format: z.string().optional(),
  failingSince: z.string().nullable().optional(),
  createdAt: z.string(),
})

export const webhooks: Resource<z.infer<typeof WebhookFields>> = {
  path: '/webhooks',
  field: 'webhook',
  item: WebhookFields,
  titleOf: ({ id, name }) => `${id} (${name})`,
  facts: ({ id, name, url, events, format = 'standard', failingSince, createdAt }) => [
    ['id', id],
    ['name', name],
    ['url', url],
    ['events', events.join(', ')],
    ['format', format],
    ...(failingSince ? [['failing since', failingSince] as const] : []),
    ['created', createdAt],
  ],
  head: ['ID', 'NAME', 'URL', 'EVENTS', 'STATE'],
  row: ({ id, name, url, events, failingSince }) => [
    id,
    name,
    url,
    events.join(', '),
    failingSince ? `failing since ${failingSince}` : 'fine',
  ],
}

export type WebhooksCreateOptions = Style & {
  readonly name?: string
  readonly events?: string
  readonly format?: string
}
export type WebhooksUpdateOptions = ChangeOptions & {
  readonly name?: string
  readonly events?: string
  readonly format?: string
  readonly url?: string
}

export const webhooksCreate = (terminal: Terminal, url: string, options: WebhooksCreateOptions): Promise<Exit> =>
  makeOne(terminal, { resource: webhooks }, fieldsOf({ events: '*', ...options, url }), asTyped, options)

export const webhooksUpdate = (terminal: Terminal, id: string, options: WebhooksUpdateOptions): Promise<Exit> =>
  changeOne(terminal, { resource: webhooks, id }, fieldsOf(options), asTyped, options)

function fieldsOf({ name, events, format, url }: WebhooksUpdateOptions): Given<object> {
  if (url !== undefined && !URL.canParse(url)) return usage(`"${url}" is no address.`)
  const fields = present({ name, url, format, events: events === undefined ? undefined : byComma(events) })
  if (Object.keys(fields).length === 0) return usage('Nothing to change was given; --help names what can be.')
  return { ok: true, value: fields }
}

const Tried = z.looseObject({ delivered: z.boolean(), detail: z.string().optional() })

/** Sends an event that says nothing but that the way works. */
export const webhooksTest = (terminal: Terminal, id: string, style: Style): Promise<Exit> =>
  perform(terminal, style, pathTo(webhooks.path, id), async (control, path) => {
    const answer = await control.call({ method: 'POST', path: `${path}/test`, body: {} }, Tried)
    if (!answer.ok) return answer
    const { delivered, detail = '' } = answer.value
    const text = delivered ? 'delivered\n' : `not delivered: ${plain(detail)}\n`
    return { ok: true, value: { raw: answer.raw, quiet: String(delivered), text, ...(delivered ? {} : { exit: 1 }) } }
  })

const Replayed = z.looseObject({ replayed: z.number() })

/** Without names: all that were given up. */
export const webhooksReplay = (terminal: Terminal, id: string, named: readonly string[], style: Style): Promise<Exit> =>
  perform(terminal, style, pathTo(webhooks.path, id), async (control, path) => {
    const body = named.length === 0 ? {} : { deliveries: named }
    const answer = await control.call({ method: 'POST', path: `${path}/replay`, body }, Replayed)
    if (!answer.ok) return answer
    const { replayed } = answer.value
    return { ok: true, value: { raw: answer.raw, quiet: String(replayed), text: `${replayed} sent again\n` } }
  })

const DeliveryFields = z.looseObject({
  id: z.string(),
  event: z.string(),
  state: z.string(),
  attempts: z.number(),
  lastError: z.string().nullable().optional(),
  createdAt: z.string(),
})

export async function webhooksDeliveries(terminal: Terminal, id: string, options: ListOptions): Promise<Exit> {
  const path = pathTo(webhooks.path, id)
  if (!path.ok) return printFailure(terminal, path, options)
  const list = {
    path: `${path.value}/deliveries`,
    item: DeliveryFields,
    head: ['ID', 'EVENT', 'STATE', 'ATTEMPTS', 'AT', 'LAST ERROR'],
    row: (one: z.infer<typeof DeliveryFields>) => [
      one.id,
      one.event,
      one.state,
      String(one.attempts),
      one.createdAt,
      one.lastError ?? '-',
    ],
  }
  return printList(terminal, list, options)
}
