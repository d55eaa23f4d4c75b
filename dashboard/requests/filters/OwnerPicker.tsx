import { Select } from '@mantine/core'
import { translator } from '../../texts.ts'
import { Data } from '../../ui/Data.tsx'
import { useNames } from '../../ui/useNames.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly value: string | undefined; readonly onChange: (id: string | undefined) => void }

/** People, teams and apps own keys. Offered to who may read all of them. */
export function OwnerPicker({ value, onChange }: Props) {
  const members = useNames('/members').options
  const teams = useNames('/teams').options
  const apps = useNames('/apps').options
  const known = [...members, ...teams, ...apps]
  const isKnown = value === undefined || value === 'me' || known.some((one) => one.value === value)
  const data = [
    { group: t('ownerMine'), items: [{ value: 'me', label: t('me') }] },
    { group: t('ownerUsers'), items: members },
    { group: t('ownerTeams'), items: teams },
    { group: t('ownerApps'), items: isKnown ? apps : [...apps, { value, label: value }] },
  ]
  return (
    <Select
      label={t('owner')}
      placeholder={t('any')}
      searchable
      clearable
      limit={200}
      data={data.filter(({ items }) => items.length > 0)}
      renderOption={({ option }) => (option.value === 'me' ? option.label : <Data>{option.label}</Data>)}
      value={value ?? null}
      onChange={(id) => onChange(id ?? undefined)}
    />
  )
}
