import { z } from 'zod'
import { connect } from './control.ts'
import { type Exit, exit } from './exit.ts'
import { KeyFields } from './key-facts.ts'
import { plain, printFailure, printJson, type Style } from './print.ts'
import type { Terminal } from './terminal.ts'

export type RevokeOptions = Style & { readonly reason?: string; readonly wait?: string }

const EffectFields = z.looseObject({
  acked: z.array(z.looseObject({ gateway: z.string(), afterMs: z.number() })),
  pending: z.array(z.looseObject({ gateway: z.string(), until: z.string() })),
  effectiveEverywhereBy: z.string(),
})
const Revoked = z.looseObject({ key: KeyFields, effect: EffectFields })

export async function keysRevoke(terminal: Terminal, id: string, options: RevokeOptions): Promise<Exit> {
  const control = connect(terminal)
  if ('ok' in control) return printFailure(terminal, control, options)
  const { reason, wait } = options
  const body = {
    ...(reason === undefined ? {} : { reason }),
    ...(wait === undefined ? {} : { waitMs: Number(wait) }),
  }
  const path = `/keys/${encodeURIComponent(id)}/revoke`
  const answer = await control.call({ method: 'POST', path, body }, Revoked)
  if (!answer.ok) return printFailure(terminal, answer, options)
  if (options.json) return printJson(terminal, answer.raw)
  const { key, effect } = answer.value
  terminal.out(options.quiet ? `${key.id}\n` : `${key.id} (${plain(key.name)}) is ${key.status}\n`)
  if (options.quiet) return exit.done
  for (const { gateway, afterMs } of effect.acked) terminal.err(`  ${plain(gateway)} refuses it since ${afterMs} ms\n`)
  for (const { gateway, until } of effect.pending)
    terminal.err(`  ${plain(gateway)} has not answered; it stops by itself at ${plain(until)}\n`)
  return exit.done
}
