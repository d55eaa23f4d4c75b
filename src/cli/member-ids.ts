import { z } from 'zod'
import { emailAddress, memberId } from '../people/schema.ts'
import { type Control, refusal, usage } from './control.ts'
import type { SetChange } from './sets.ts'
import { byComma, type Given } from './values.ts'

const Page = z.looseObject({ items: z.array(z.looseObject({ id: z.string(), email: z.string() })) })

const isAddress = (text: string) => text.includes('@')
const isMember = (text: string) => memberId.safeParse(text).success || emailAddress.safeParse(text).success

/** People by id or e-mail address, by comma; `none` is nobody. */
export function members(flag: string, text: string | undefined): Given<string[] | undefined> {
  if (text === undefined) return { ok: true, value: undefined }
  if (text === 'none') return { ok: true, value: [] }
  const items = byComma(text)
  const isRight = items.length > 0 && items.every(isMember)
  return isRight
    ? { ok: true, value: items }
    : usage(`${flag} must be e-mail addresses or ids (mem_…) of members by comma, or none.`)
}

/** One of them. */
export const member = (word: string, text: string): Given<string> =>
  isMember(text)
    ? { ok: true, value: text }
    : usage(`${word} must be the e-mail address or the id (mem_…) of a member, not "${text}".`)

/** Control knows people by id; people know each other by address. */
export async function memberIdOf(control: Control, who: string): Promise<Given<string>> {
  if (!isAddress(who)) return { ok: true, value: who }
  const address = emailAddress.safeParse(who).data
  if (address === undefined) return usage(`"${who}" is no e-mail address.`)
  const answer = await control.call({ method: 'GET', path: '/members', query: { search: address } }, Page)
  if (!answer.ok) return answer
  const found = answer.value.items.find(({ email }) => email === address)
  return found ? { ok: true, value: found.id } : refusal('not_found', `No member here has the address ${address}.`)
}

export async function memberIdsOf(control: Control, whom: readonly string[]): Promise<Given<string[]>> {
  const ids: string[] = []
  for (const who of whom) {
    const id = await memberIdOf(control, who)
    if (!id.ok) return id
    ids.push(id.value)
  }
  return { ok: true, value: ids }
}

/** A change of people, as control knows them. */
export async function peopleIn(control: Control, { whole, add, remove }: SetChange): Promise<Given<SetChange>> {
  const known: Record<string, readonly string[]> = {}
  for (const [part, whom] of Object.entries({ whole, add, remove })) {
    if (whom === undefined) continue
    const ids = await memberIdsOf(control, whom)
    if (!ids.ok) return ids
    known[part] = ids.value
  }
  return { ok: true, value: known }
}
