import { Badge, Group } from '@mantine/core'
import type { MemberStatus, MemberView } from '../../../src/people/schema.ts'
import { translator } from '../../texts.ts'
import { Status } from '../../ui/Data.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

const kinds = { active: 'good', invited: 'waiting', deactivated: 'over' } as const

export const MemberStanding = ({ status }: { readonly status: MemberStatus }) => (
  <Status kind={kinds[status]}>{t(status)}</Status>
)

export const RoleBadges = ({ member }: { readonly member: Pick<MemberView, 'role' | 'operator'> }) => (
  <Group gap={4}>
    <Badge color={member.role === 'owner' ? 'violet' : 'blue'}>{t(member.role)}</Badge>
    {member.operator && <Badge color="orange">{t('operator')}</Badge>}
  </Group>
)
