import { z } from 'zod'
import { EffectFields, effectLines } from './effect.ts'
import type { Exit } from './exit.ts'
import { KeyFields, keys } from './key-facts.ts'
import { ClientFields, clientTable } from './keys-rotation.ts'
import { perform } from './perform.ts'
import { facts, plain, type Style, table } from './print.ts'
import type { Terminal } from './terminal.ts'
import { type Given, pathTo, waitMs } from './values.ts'

export type CompromiseOptions = Style & {
  readonly dryRun?: boolean
  readonly reason?: string
  readonly wait?: string
}

const Compromise = z.looseObject({
  key: KeyFields,
  dryRun: z.boolean(),
  replacement: z
    .looseObject({ key: KeyFields, claim: z.looseObject({ url: z.string(), expiresAt: z.string() }).optional() })
    .nullable(),
  evidence: z.looseObject({
    since: z.string(),
    clients: z.array(ClientFields),
    calls: z.array(
      z.looseObject({ server: z.string(), tool: z.string(), requests: z.number(), lastSeenAt: z.string() }),
    ),
    children: z.array(z.looseObject({ id: z.string() })),
  }),
  effect: EffectFields.nullish(),
})
type CompromiseFields = z.infer<typeof Compromise>

/** Ends a key that others may hold, and shows what was done with it. */
export const keysCompromise = (terminal: Terminal, id: string, options: CompromiseOptions): Promise<Exit> =>
  perform(terminal, options, asked(id, options), async (control, { path, body }) => {
    const answer = await control.call({ method: 'POST', path, body }, Compromise)
    if (!answer.ok) return answer
    const { key, dryRun, effect } = answer.value
    const where = effect ? await effectLines(control, effect, 'refused') : ''
    const aside = dryRun ? 'Nothing was changed: this is what would be cut.\n' : where
    return { ok: true, value: { raw: answer.raw, quiet: key.id, text: say(answer.value), aside } }
  })

function say({ key, dryRun, replacement, evidence }: CompromiseFields): string {
  const { since, clients, calls, children } = evidence
  const link = replacement?.claim?.url
  const calling = calls.map(({ server, tool, requests, lastSeenAt }) => [server, tool, String(requests), lastSeenAt])
  return [
    `${plain(keys.titleOf(key))} ${dryRun ? 'would be revoked' : `is ${plain(key.status)}`}\n`,
    facts([
      ['seen since', since],
      ['child tokens', String(children.length)],
      ...(replacement ? [['replacement', keys.titleOf(replacement.key)] as const] : []),
      ...(link ? [['link', link] as const] : []),
    ]),
    clients.length === 0 ? '' : `\n${table(clientTable.head, clients.map(clientTable.row))}`,
    calling.length === 0 ? '' : `\n${table(['SERVER', 'TOOL', 'REQUESTS', 'LAST SEEN'], calling)}`,
  ].join('')
}

function asked(id: string, { dryRun, reason, wait }: CompromiseOptions): Given<{ path: string; body: object }> {
  const path = pathTo(keys.path, id)
  if (!path.ok) return path
  const waited = waitMs(wait)
  if (!waited.ok) return waited
  const body = {
    ...(dryRun ? { dryRun: true } : {}),
    ...(reason === undefined ? {} : { reason }),
    ...(waited.value === undefined ? {} : { waitMs: waited.value }),
  }
  return { ok: true, value: { path: `${path.value}/compromise`, body } }
}
