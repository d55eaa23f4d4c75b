import { Select } from '@mantine/core'
import type { AppOwner } from '../../src/apps/schema.ts'
import { useSession } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { Data } from '../ui/Data.tsx'
import { useNames } from '../ui/useNames.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = {
  readonly value: AppOwner | null
  /** How it is called now, where no list says so. */
  readonly name?: string
  readonly onChange: (owner: AppOwner) => void
  readonly error?: string | undefined
}

/** Members see themselves and their teams, as the lists of both tell them no more. */
export function OwnerField({ value, name, onChange, error }: Props) {
  const { member } = useSession().session
  const members = useNames('/members')
  const teams = useNames('/teams')
  const others = members.options.filter((option) => option.value !== member.id)
  const shown = value ?? { type: 'member', id: member.id }
  const isListed = [member.id, ...others.map((o) => o.value), ...teams.options.map((o) => o.value)].includes(shown.id)
  return (
    <Select
      label={t('owner')}
      description={t('ownerHint')}
      searchable
      allowDeselect={false}
      data={[
        { value: member.id, label: t('me') },
        ...(isListed ? [] : [{ value: shown.id, label: name ?? shown.id }]),
        ...(others.length > 0 ? [{ group: t('members'), items: others }] : []),
        ...(teams.options.length > 0 ? [{ group: t('teams'), items: teams.options }] : []),
      ]}
      value={shown.id}
      renderOption={({ option }) => (option.value === member.id ? option.label : <Data>{option.label}</Data>)}
      error={error}
      onChange={(id) => {
        if (id !== null) onChange({ type: id.startsWith('team_') ? 'team' : 'member', id })
      }}
    />
  )
}
