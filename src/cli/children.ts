import { z } from 'zod'
import { usage } from './control.ts'
import { EffectFields, effectLines } from './effect.ts'
import type { Exit } from './exit.ts'
import { keys } from './key-facts.ts'
import { wholeNumber } from './key-options.ts'
import { type ListOptions, printList } from './list.ts'
import { perform } from './perform.ts'
import { plain, printFailure, type Style } from './print.ts'
import { newScope, type ScopeOptions, scopeParts } from './scope.ts'
import type { Terminal } from './terminal.ts'
import { type Given, pathTo, waitMs } from './values.ts'

export type ChildrenCreateOptions = Style &
  Pick<ScopeOptions, 'servers' | 'exceptServers' | 'tools' | 'toolsDefault' | 'providers' | 'models' | 'addresses'> & {
    readonly ttl?: string
  }

const ChildFields = z.looseObject({
  id: z.string(),
  depth: z.number().optional(),
  issuedAt: z.string().optional(),
  expiresAt: z.string().optional(),
  revokedAt: z.string().nullable().optional(),
})
const Issued = z.looseObject({
  access_token: z.string(),
  expires_in: z.number(),
  child: z.looseObject({ id: z.string() }),
})

/** A token that ends by itself and may do no more than its key. */
export const childrenCreate = (terminal: Terminal, key: string, options: ChildrenCreateOptions): Promise<Exit> =>
  perform(terminal, options, asked(key, options), async (control, { path, body }) => {
    const answer = await control.call({ method: 'POST', path, body }, Issued)
    if (!answer.ok) return answer
    const { access_token: token, expires_in: seconds, child } = answer.value
    const aside = `${child.id}, for ${seconds} s. Keep the token now: it is shown this once.\n`
    return { ok: true, value: { raw: answer.raw, quiet: token, text: `${token}\n`, aside } }
  })

function asked(key: string, options: ChildrenCreateOptions): Given<{ path: string; body: object }> {
  const path = pathTo(keys.path, key)
  if (!path.ok) return path
  const parts = scopeParts(options)
  if (!parts.ok) return parts
  const narrow = newScope(parts.value)
  if (!narrow.ok) return narrow
  const ttl = wholeNumber(options.ttl, '--ttl must be a whole number of seconds from 1 to 86400.')
  if (!ttl.ok) return ttl
  const body = {
    ...(ttl.value === undefined ? {} : { ttlSeconds: ttl.value }),
    ...(Object.keys(narrow.value).length === 0 ? {} : { narrow: narrow.value }),
  }
  return { ok: true, value: { path: `${path.value}/children`, body } }
}

export async function childrenList(terminal: Terminal, key: string, options: ListOptions): Promise<Exit> {
  const path = pathTo(keys.path, key)
  if (!path.ok) return printFailure(terminal, path, options)
  const list = {
    path: `${path.value}/children`,
    item: ChildFields,
    head: ['ID', 'DEPTH', 'ISSUED', 'EXPIRES', 'REVOKED'],
    row: (child: z.infer<typeof ChildFields>) => [
      child.id,
      String(child.depth ?? 1),
      child.issuedAt ?? '-',
      child.expiresAt ?? '-',
      child.revokedAt ?? '-',
    ],
  }
  return printList(terminal, list, options)
}

const Ended = z.looseObject({ child: ChildFields, effect: EffectFields })

export const childrenRevoke = (
  terminal: Terminal,
  key: string,
  child: string,
  options: Style & { readonly wait?: string },
): Promise<Exit> =>
  perform(terminal, options, placeOf(key, child, options.wait), async (control, { path, query }) => {
    const answer = await control.call({ method: 'DELETE', path, query }, Ended)
    if (!answer.ok) return answer
    const { id } = answer.value.child
    const aside = await effectLines(control, answer.value.effect, 'refused')
    return { ok: true, value: { raw: answer.raw, quiet: id, text: `${plain(id)} is revoked\n`, aside } }
  })

function placeOf(key: string, child: string, wait?: string): Given<{ path: string; query: Record<string, string> }> {
  const path = pathTo(keys.path, key)
  if (!path.ok) return path
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(child)) return usage('The <child> must be its id (chd_…).')
  const waited = waitMs(wait)
  if (!waited.ok) return waited
  const query: Record<string, string> = waited.value === undefined ? {} : { waitMs: String(waited.value) }
  return { ok: true, value: { path: `${path.value}/children/${child}`, query } }
}
