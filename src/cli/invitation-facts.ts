import { z } from 'zod'
import { emailAddress } from '../people/schema.ts'
import { type Control, refusal, usage } from './control.ts'
import { named } from './refs.ts'
import type { Resource } from './resource.ts'
import type { Given } from './values.ts'

const InvitationFields = z.looseObject({
  id: z.string(),
  member: z.string(),
  email: z.string(),
  role: z.string(),
  state: z.string(),
  createdBy: z.string(),
  expiresAt: z.string(),
  mailedAt: z.string().nullable(),
  /** In the answer that makes it: one of both. */
  url: z.string().optional(),
  mailedTo: z.string().optional(),
})
type InvitationFields = z.infer<typeof InvitationFields>

const Page = z.looseObject({ items: z.array(z.looseObject({ id: z.string(), email: z.string() })) })

/** People know an invitation by the address it went to; the newest is meant. */
async function invitationIdOf(control: Control, word: string): Promise<Given<string>> {
  if (!word.includes('@')) return { ok: true, value: word }
  const address = emailAddress.safeParse(word).data
  if (address === undefined) return usage(`"${word}" is no e-mail address.`)
  const answer = await control.call(
    { method: 'GET', path: '/invitations', query: { email: address, limit: '1' } },
    Page,
  )
  if (!answer.ok) return answer
  const [found] = answer.value.items
  return found ? { ok: true, value: found.id } : refusal('not_found', `No invitation went to ${address}.`)
}

const mailed = ({ mailedTo, mailedAt }: InvitationFields): string =>
  mailedTo === undefined ? (mailedAt ?? 'no') : `to ${mailedTo}`

export const invitations: Resource<InvitationFields> = {
  path: '/invitations',
  field: 'invitation',
  item: InvitationFields,
  idOf: invitationIdOf,
  titleOf: ({ id, email }) => `${id} (${email})`,
  facts: (invitation, refs) => [
    ['id', invitation.id],
    ['e-mail', invitation.email],
    ['member', invitation.member],
    ['role', invitation.role],
    ['state', invitation.state],
    ['invited by', named(invitation.createdBy, refs)],
    ['until', invitation.expiresAt],
    ['mailed', mailed(invitation)],
    ...(invitation.url === undefined ? [] : [['link', invitation.url] as const]),
  ],
  head: ['ID', 'E-MAIL', 'ROLE', 'STATE', 'INVITED BY', 'UNTIL'],
  row: ({ id, email, role, state, createdBy, expiresAt }, refs) => [
    id,
    email,
    role,
    state,
    named(createdBy, refs),
    expiresAt,
  ],
}
