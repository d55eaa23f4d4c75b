import { z } from 'zod'
import type { Control } from './control.ts'
import { GatewayFields } from './gateways-list.ts'
import { plain } from './print.ts'

/** Where a change is in force already, and by when it is everywhere. */
export const EffectFields = z.looseObject({
  acked: z.array(z.looseObject({ gateway: z.string(), afterMs: z.number() })),
  pending: z.array(z.looseObject({ gateway: z.string(), until: z.string() })),
  effectiveEverywhereBy: z.string(),
})
export type EffectFields = z.infer<typeof EffectFields>
/** What it means on a gateway: something is refused there, or goes by the new state. */
export type Force = 'refused' | 'in effect'
const Gateways = z.looseObject({ items: z.array(GatewayFields) })

export async function effectLines(control: Control, effect: EffectFields, force: Force): Promise<string> {
  const names = await gatewayNames(control, effect)
  const { acked, pending, effectiveEverywhereBy } = effect
  const name = (id: string) => plain(names.get(id) ?? id)
  const lines = [
    ...acked.map(({ gateway, afterMs }) => `${force} on ${name(gateway)} after ${afterMs} ms`),
    ...pending.map(({ gateway, until }) => `not yet on ${name(gateway)}, at the latest at ${plain(until)}`),
    `${force} everywhere ${pending.length > 0 ? 'by' : 'since'} ${plain(effectiveEverywhereBy)}`,
  ]
  return lines.map((line) => `  ${line}\n`).join('')
}

/** Names for the ids. The change is made by now, so a token that may not read gateways is no failure: ids will do. */
async function gatewayNames(control: Control, { acked, pending }: EffectFields): Promise<ReadonlyMap<string, string>> {
  if (acked.length + pending.length === 0) return new Map()
  const answer = await control.call({ method: 'GET', path: '/gateways', query: { limit: '200' } }, Gateways)
  return new Map(answer.ok ? answer.value.items.map(({ id, name }) => [id, name]) : [])
}
