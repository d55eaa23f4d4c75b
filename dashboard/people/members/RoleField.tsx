import { Radio, Stack } from '@mantine/core'
import type { Role } from '../../../src/people/schema.ts'
import { useSession } from '../../session/session.tsx'
import { translator } from '../../texts.ts'
import { rolesGivenBy } from '../roles.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

const abouts = { owner: 'roleOwner', admin: 'roleAdmin', member: 'roleMember', auditor: 'roleAuditor' } as const

type Props = {
  readonly value: Role
  readonly onChange: (role: Role) => void
  readonly error?: string | undefined
  /** The one that somebody has stays to be seen, also where it could not be given. */
  readonly kept?: Role
}

export function RoleField({ value, onChange, error, kept }: Props) {
  const { me } = useSession()
  const given = rolesGivenBy(me?.member.role)
  const offered = kept === undefined || given.includes(kept) ? given : [kept, ...given]
  const choose = (text: string) => {
    const role = offered.find((one) => one === text)
    if (role) onChange(role)
  }
  return (
    <Radio.Group label={t('role')} value={value} onChange={choose} error={error}>
      <Stack gap="xs" mt={4}>
        {offered.map((role) => (
          <Radio key={role} value={role} label={t(role)} description={t(abouts[role])} />
        ))}
      </Stack>
    </Radio.Group>
  )
}
