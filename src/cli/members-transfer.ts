import { z } from 'zod'
import { memberId } from '../people/schema.ts'
import { type Control, usage } from './control.ts'
import { EffectFields, effectLines } from './effect.ts'
import type { Exit } from './exit.ts'
import { members } from './member-facts.ts'
import { memberIdOf } from './member-ids.ts'
import { perform } from './perform.ts'
import { plain, type Style, table } from './print.ts'
import { named, Refs } from './refs.ts'
import { placeOf } from './resource.ts'
import type { Terminal } from './terminal.ts'
import { byComma, type Given, pathTo, waitMs } from './values.ts'

export type TransferOptions = Style & {
  readonly to?: string
  readonly keys?: string
  readonly apps?: string
  readonly reason?: string
  readonly dryRun?: boolean
  readonly wait?: string
}

const Reached = z.looseObject({ servers: z.array(z.string()), providers: z.array(z.string()) })
const Answer = z.looseObject({
  member: z.looseObject({ id: z.string(), name: z.string() }),
  to: z.looseObject({ type: z.string(), id: z.string(), name: z.string() }),
  dryRun: z.boolean(),
  apps: z.array(z.looseObject({ id: z.string(), slug: z.string(), name: z.string() })),
  keys: z.array(
    z.looseObject({
      id: z.string(),
      name: z.string(),
      lost: Reached,
      claim: z.looseObject({ url: z.string(), expiresAt: z.string() }).nullable(),
    }),
  ),
  left: z.looseObject({ keys: z.number(), apps: z.number() }),
  effect: EffectFields.nullable(),
  refs: Refs,
})
type Answer = z.infer<typeof Answer>

/** Hands on what somebody left, call by call until nothing waits: what was done stays done. */
export const membersTransfer = (terminal: Terminal, id: string, options: TransferOptions): Promise<Exit> =>
  perform(terminal, options, asked(id, options), async (control, { to, fields }) => {
    const place = await placeOf(control, members, id)
    if (!place.ok) return place
    const heir = await heirIn(control, to)
    if (!heir.ok) return heir
    const done: Answer[] = []
    for (;;) {
      const body = { ...fields, to: heir.value }
      const answer = await control.call({ method: 'POST', path: `${place.value}/transfer`, body }, Answer)
      if (!answer.ok) {
        terminal.progress(null)
        // Links stand in one answer each: those of the calls before must not go with this one.
        if (done.length > 0) terminal.err(`${countOf(done)} were handed on before this:\n${linksOf(done)}`)
        return answer
      }
      done.push(answer.value)
      const { left, keys, apps, dryRun } = answer.value
      const isOver = dryRun || left.keys + left.apps === 0 || keys.length + apps.length === 0
      if (isOver) break
      terminal.progress(`${countOf(done)} handed on, ${left.keys + left.apps} to go`)
    }
    terminal.progress(null)
    return { ok: true, value: await shown(control, done) }
  })

const countOf = (done: readonly Answer[]): string => {
  const [keys, apps] = [done.flatMap((each) => each.keys).length, done.flatMap((each) => each.apps).length]
  return `${keys} ${keys === 1 ? 'key' : 'keys'} and ${apps} ${apps === 1 ? 'app' : 'apps'}`
}

const linksOf = (done: readonly Answer[]): string => {
  const keys = done.flatMap((each) => each.keys)
  const rows = keys.map(({ id, name, claim }) => [id, plain(name), claim?.url ?? ''])
  return rows.length === 0 ? '' : table(['KEY', 'NAME', 'LINK'], rows)
}

async function shown(control: Control, done: readonly Answer[]) {
  const last = done.at(-1)
  if (!last) throw new Error('a transfer is one call at least')
  const refs: Refs = Object.assign({}, ...done.map((each) => each.refs))
  const keys = done.flatMap((each) => each.keys)
  const apps = done.flatMap((each) => each.apps)
  const effects = done.flatMap(({ effect }) => effect ?? [])
  const effect = effects.at(-1) ?? null
  const rows = keys.map(({ id, name, lost, claim }) => {
    const gone = [...lost.servers, ...lost.providers].map((target) => named(target, refs))
    return [id, plain(name), plain(gone.join(', ') || 'nothing'), claim?.url ?? '']
  })
  const { type, id, name } = last.to
  const did = last.dryRun ? 'would go to' : 'went to'
  const head = `${countOf(done)} ${did} the ${type} ${id} (${plain(name)})\n`
  const waiting = last.left.keys + last.left.apps
  const more = waiting === 0 ? '' : `${waiting} more would follow.\n`
  const way =
    last.dryRun || keys.length === 0
      ? ''
      : 'Give each link to the heir: it shows the new secret once. The old ones have ended.\n'
  const where = effect === null ? '' : await effectLines(control, effect, 'refused')
  return {
    raw: { ...last, apps, keys, refs, effect },
    quiet: keys.map(({ id: key, claim }) => claim?.url ?? key).join('\n'),
    text: rows.length === 0 ? head : `${head}\n${table(['KEY', 'NAME', 'LOSES', 'LINK'], rows)}`,
    aside: `${more}${way}${where}`,
  }
}

type Heir = { readonly type: 'member' | 'team'; readonly id: string }
type Asked = { readonly to: Heir; readonly fields: object }

function asked(id: string, { to, keys, apps, reason, dryRun, wait }: TransferOptions): Given<Asked> {
  const path = pathTo(members.path, id)
  if (!path.ok) return path
  const heir = heirOf(to)
  if (!heir.ok) return heir
  if (reason !== undefined && reason.length > 2000) return usage('--reason must be 2000 characters at most.')
  const waited = waitMs(wait)
  if (!waited.ok) return waited
  const lists = {
    keys: keys === undefined ? undefined : byComma(keys),
    apps: apps === undefined ? undefined : byComma(apps),
  }
  for (const [flag, list] of Object.entries(lists))
    if (list?.length === 0) return usage(`--${flag} is empty; leave it out for all.`)
  const fields = {
    ...lists,
    reason,
    dryRun,
    waitMs: waited.value,
  }
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
  return { ok: true, value: { to: heir.value, fields: given } }
}

/** An address or id of a member, or a team. */
function heirOf(to: string | undefined): Given<Heir> {
  if (to === undefined)
    return usage('Say who inherits with --to: a team (slug or id) or a member (e-mail address or id).')
  const isPerson = to.includes('@') || memberId.safeParse(to).success
  if (isPerson) return { ok: true, value: { type: 'member', id: to } }
  return /^[A-Za-z0-9_-]{1,64}$/.test(to)
    ? { ok: true, value: { type: 'team', id: to } }
    : usage(`--to must be a team (slug or id) or a member (e-mail address or id), not "${to}".`)
}

async function heirIn(control: Control, heir: Heir): Promise<Given<Heir>> {
  if (heir.type === 'team') return { ok: true, value: heir }
  const id = await memberIdOf(control, heir.id)
  return id.ok ? { ok: true, value: { type: 'member', id: id.value } } : id
}
