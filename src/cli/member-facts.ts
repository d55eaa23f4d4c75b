import { z } from 'zod'
import { memberIdOf } from './member-ids.ts'
import type { Resource } from './resource.ts'

export const MemberFields = z.looseObject({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  role: z.string(),
  operator: z.boolean(),
  createdAt: z.string(),
})
export type MemberFields = z.infer<typeof MemberFields>
const Invited = z.looseObject({ url: z.string(), expiresAt: z.string() })

export const members: Resource<MemberFields> = {
  path: '/members',
  field: 'member',
  item: MemberFields,
  idOf: memberIdOf,
  titleOf: ({ id, name }) => `${id} (${name})`,
  facts: (member) => [
    ['id', member.id],
    ['e-mail', member.email],
    ['name', member.name],
    ['role', member.role],
    ['operator', member.operator ? 'yes' : 'no'],
    ['created', member.createdAt],
  ],
  factsBeside: ({ invitation }) => {
    const { success, data } = Invited.safeParse(invitation)
    return success ? [['invitation', `${data.url} (until ${data.expiresAt})`]] : []
  },
  head: ['ID', 'E-MAIL', 'NAME', 'ROLE', 'OPERATOR'],
  row: ({ id, email, name, role, operator }) => [id, email, name, role, operator ? 'yes' : 'no'],
}
