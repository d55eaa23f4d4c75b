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
  /** Older controls say neither. */
  status: z.string().optional(),
  lastSignInAt: z.string().nullish(),
})
export type MemberFields = z.infer<typeof MemberFields>
const Invited = z.looseObject({ url: z.string().optional(), mailedTo: z.string().optional(), expiresAt: z.string() })

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
    ...(member.status === undefined ? [] : [['status', member.status] as const]),
    ['created', member.createdAt],
    ...(member.lastSignInAt == null ? [] : [['last sign-in', member.lastSignInAt] as const]),
  ],
  factsBeside: ({ invitation, suspendedKeys, resumedKeys }) => {
    if (Array.isArray(suspendedKeys)) return [['keys suspended', String(suspendedKeys.length)]]
    if (Array.isArray(resumedKeys)) return [['keys resumed', String(resumedKeys.length)]]
    const { success, data } = Invited.safeParse(invitation)
    if (!success) return []
    const { url, mailedTo, expiresAt } = data
    return [['invitation', `${url ?? `mailed to ${mailedTo}`} (until ${expiresAt})`]]
  },
  head: ['ID', 'E-MAIL', 'NAME', 'ROLE', 'OPERATOR', 'STATUS'],
  row: ({ id, email, name, role, operator, status = '' }) => [id, email, name, role, operator ? 'yes' : 'no', status],
}
