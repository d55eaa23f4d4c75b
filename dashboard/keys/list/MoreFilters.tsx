import { Paper, Select, SimpleGrid, TextInput } from '@mantine/core'
import { useMay } from '../../session/session.tsx'
import { translator } from '../../texts.ts'
import { EntityPicker } from '../../ui/EntityPicker.tsx'
import { useNames } from '../../ui/useNames.ts'
import { useUrl } from '../../ui/useUrl.ts'
import { filterOf } from './filters.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** Drawn while it is open, so that nothing is asked for its lists before. */
export function MoreFilters() {
  const [url, set] = useUrl()
  const may = useMay()
  const { project, server, tag, expiring, unused } = filterOf(url)
  return (
    <Paper withBorder p="md" component="section" aria-label={t('filters')}>
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="sm">
        <OwnerField />
        <EntityPicker
          path="/projects"
          label={t('project')}
          placeholder={t('anyProject')}
          value={project ?? null}
          onChange={(id) => set({ project: id ?? '' })}
          clearable
        />
        <EntityPicker
          path={may('servers:read') === 'all' ? '/servers' : '/me/catalog'}
          label={t('server')}
          placeholder={t('anyServer')}
          value={server ?? null}
          onChange={(id) => set({ server: id ?? '' })}
          clearable
        />
        <TextInput
          label={t('tag')}
          placeholder={t('anyTag')}
          defaultValue={tag ?? ''}
          onBlur={(event) => set({ tag: event.currentTarget.value.trim() })}
          onKeyDown={(event) => {
            if (event.key === 'Enter') set({ tag: event.currentTarget.value.trim() })
          }}
        />
        <DaysField label={t('expiring')} value={expiring} onChange={(days) => set({ expiring: days })} />
        <DaysField label={t('unused')} value={unused} onChange={(days) => set({ unused: days })} />
      </SimpleGrid>
    </Paper>
  )
}

/** People, teams and apps in one list, oneself first. */
function OwnerField() {
  const [url, set] = useUrl()
  const { owner } = filterOf(url)
  const members = useNames('/members')
  const teams = useNames('/teams')
  const apps = useNames('/apps')
  const groups = [
    { group: t('owners'), items: [{ value: 'me', label: t('me') }] },
    { group: t('members'), items: members.options },
    { group: t('teams'), items: teams.options },
    { group: t('apps'), items: apps.options },
  ]
  return (
    <Select
      label={t('owners')}
      placeholder={t('anyone')}
      data={groups.filter(({ items }) => items.length > 0)}
      value={owner ?? null}
      onChange={(id) => set({ owner: id ?? '' })}
      searchable
      clearable
      limit={100}
    />
  )
}

const choices = ['7', '14', '30', '60', '90', '180', '365'] as const
type Days = {
  readonly label: string
  readonly value: string | undefined
  readonly onChange: (days: string) => void
}
const DaysField = ({ label, value, onChange }: Days) => (
  <Select
    label={label}
    placeholder={t('anyTime')}
    data={[...new Set([...choices, ...(value === undefined ? [] : [value])])]
      .toSorted((one, other) => Number(one) - Number(other))
      .map((days) => ({ value: days, label: t('days', { n: Number(days) }) }))}
    value={value ?? null}
    onChange={(days) => onChange(days ?? '')}
    clearable
  />
)
