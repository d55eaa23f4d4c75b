import { z } from 'zod'
import { type Control, usage } from './control.ts'
import type { Exit } from './exit.ts'
import { type ListOptions, printList } from './list.ts'
import { member, memberIdOf } from './member-ids.ts'
import { perform, type Shown } from './perform.ts'
import { plain, type Style } from './print.ts'
import { named } from './refs.ts'
import { oneOf, placeOf, type Resource } from './resource.ts'
import type { Terminal } from './terminal.ts'
import { type Given, pathTo } from './values.ts'

const SessionFields = z.looseObject({
  id: z.string(),
  member: z.string(),
  method: z.string(),
  address: z.string().nullable(),
  userAgent: z.string(),
  createdAt: z.string(),
  lastUsedAt: z.string(),
  expiresAt: z.string(),
})
type SessionFields = z.infer<typeof SessionFields>

/** Browsers that are signed in. */
const sessions: Resource<SessionFields> = {
  path: '/sessions',
  field: 'session',
  item: SessionFields,
  titleOf: ({ id }) => id,
  facts: (session, refs) => [
    ['id', session.id],
    ['member', named(session.member, refs)],
    ['browser', session.userAgent],
  ],
  head: ['ID', 'MEMBER', 'BY', 'FROM', 'BROWSER', 'LAST USED', 'ENDS'],
  row: (session, refs) => [
    session.id,
    named(session.member, refs),
    session.method,
    session.address ?? '-',
    session.userAgent,
    session.lastUsedAt,
    session.expiresAt,
  ],
}

type Whose = { readonly member?: string }
export type SessionsListOptions = Omit<ListOptions, 'search'> & Whose

export const sessionsList = (terminal: Terminal, options: SessionsListOptions): Promise<Exit> =>
  printList(terminal, sessions, options, async (control) => {
    if (options.member === undefined) return { ok: true, value: {} }
    const id = await idOf(control, options.member)
    return id.ok ? { ok: true, value: { member: id.value } } : id
  })

export type SessionsEndOptions = Style & Whose

/** One browser, or every browser of a person. */
export const sessionsEnd = (terminal: Terminal, id: string | undefined, options: SessionsEndOptions): Promise<Exit> =>
  perform(terminal, options, which(id, options), async (control, typed) =>
    'id' in typed ? endOne(control, typed.id) : endAll(control, typed.member),
  )

type Which = { readonly id: string } | { readonly member: string }

function which(id: string | undefined, { member: whose }: Whose): Given<Which> {
  if ((id === undefined) === (whose === undefined)) return usage('Name one session by its id, or a person by --member.')
  return { ok: true, value: id === undefined ? { member: whose ?? '' } : { id } }
}

async function endOne(control: Control, id: string): Promise<Given<Shown>> {
  const place = await placeOf(control, sessions, id)
  if (!place.ok) return place
  const answer = await control.call({ method: 'DELETE', path: place.value }, oneOf(sessions))
  if (!answer.ok) return answer
  const text = `${plain(answer.value.item.id)} is signed out.\n`
  return { ok: true, value: { raw: answer.raw, quiet: answer.value.item.id, text } }
}

async function endAll(control: Control, whose: string): Promise<Given<Shown>> {
  const id = await idOf(control, whose)
  const place = id.ok ? pathTo('/members', id.value) : id
  if (!place.ok) return place
  const call = { method: 'POST', path: `${place.value}/end-sessions`, body: {} } as const
  const answer = await control.call(call, z.looseObject({ ended: z.int() }))
  if (!answer.ok) return answer
  const { ended } = answer.value
  const text = `${ended} ${ended === 1 ? 'browser is' : 'browsers are'} signed out.\n`
  return { ok: true, value: { raw: answer.raw, quiet: String(ended), text } }
}

async function idOf(control: Control, whose: string): Promise<Given<string>> {
  const typed = member('--member', whose)
  return typed.ok ? memberIdOf(control, typed.value) : typed
}
