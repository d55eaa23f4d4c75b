import { z } from 'zod'
import { type Control, connect, type Failure, usage } from './control.ts'
import { type Exit, exit } from './exit.ts'
import { GatewayFields } from './gateways-list.ts'
import { OneKey } from './key-facts.ts'
import { plain, printFailure, printJson, type Style } from './print.ts'
import type { Terminal } from './terminal.ts'
import { pathTo, seconds } from './values.ts'

export type RevokeOptions = Style & { readonly reason?: string; readonly wait?: string }

const EffectFields = z.looseObject({
  acked: z.array(z.looseObject({ gateway: z.string(), afterMs: z.number() })),
  pending: z.array(z.looseObject({ gateway: z.string(), until: z.string() })),
  effectiveEverywhereBy: z.string(),
})
type EffectFields = z.infer<typeof EffectFields>
const Revoked = OneKey.extend({ effect: EffectFields })
const Gateways = z.looseObject({ items: z.array(GatewayFields) })

export async function keysRevoke(terminal: Terminal, id: string, options: RevokeOptions): Promise<Exit> {
  const path = pathTo('keys', id)
  if (!path.ok) return printFailure(terminal, path, options)
  const body = newEnd(options)
  if ('ok' in body) return printFailure(terminal, body, options)
  const control = connect(terminal)
  if ('ok' in control) return printFailure(terminal, control, options)
  const answer = await control.call({ method: 'POST', path: `${path.value}/revoke`, body }, Revoked)
  if (!answer.ok) return printFailure(terminal, answer, options)
  if (options.json) return printJson(terminal, answer.raw)
  const { key, effect } = answer.value
  terminal.out(options.quiet ? `${key.id}\n` : `${key.id} (${plain(key.name)}) is ${key.status}\n`)
  if (!options.quiet) terminal.err(sayEffect(effect, await gatewayNames(control, effect)))
  return exit.done
}

function newEnd({ reason, wait }: RevokeOptions): { reason?: string; waitMs?: number } | Failure {
  if (reason !== undefined && reason.length > 2000) return usage('--reason must be 2000 characters at most.')
  const waited = wait === undefined ? null : seconds('--wait', wait, 30)
  if (waited?.ok === false) return waited
  return {
    ...(reason === undefined ? {} : { reason }),
    ...(waited === null ? {} : { waitMs: Math.round(waited.value * 1000) }),
  }
}

/** Names for the ids. The key is revoked by now, so a token that may not read gateways is no failure: ids will do. */
async function gatewayNames(control: Control, { acked, pending }: EffectFields): Promise<ReadonlyMap<string, string>> {
  if (acked.length + pending.length === 0) return new Map()
  const answer = await control.call({ method: 'GET', path: '/gateways', query: { limit: '200' } }, Gateways)
  return new Map(answer.ok ? answer.value.items.map(({ id, name }) => [id, name]) : [])
}

function sayEffect(
  { acked, pending, effectiveEverywhereBy }: EffectFields,
  names: ReadonlyMap<string, string>,
): string {
  const name = (id: string) => plain(names.get(id) ?? id)
  const lines = [
    ...acked.map(({ gateway, afterMs }) => `refused on ${name(gateway)} after ${afterMs} ms`),
    ...pending.map(({ gateway, until }) => `not yet on ${name(gateway)}, at the latest at ${plain(until)}`),
    `refused everywhere ${pending.length > 0 ? 'by' : 'since'} ${plain(effectiveEverywhereBy)}`,
  ]
  return lines.map((line) => `  ${line}\n`).join('')
}
