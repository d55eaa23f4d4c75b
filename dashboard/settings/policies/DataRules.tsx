import { Select } from '@mantine/core'
import { translator } from '../../texts.ts'
import { Data } from '../../ui/Data.tsx'
import { TagsField } from '../../ui/TagsField.tsx'
import { usePolicy } from './Editing.ts'
import { NumberField } from './NumberField.tsx'
import { texts } from './texts.data.ts'
import { zones } from './zones.ts'

const t = translator(texts)

export function DataRules() {
  const networks = usePolicy('privateNetworks')
  const kept = usePolicy('requestsKeptDays')
  const zone = usePolicy('timeZone')
  return (
    <>
      <TagsField
        label={t('privateNetworks')}
        description={t('privateNetworksHint')}
        value={networks.value}
        onChange={networks.set}
        error={networks.error}
      />
      <NumberField
        label={t('requestsKeptDays')}
        description={t('requestsKeptDaysHint')}
        min={1}
        max={3650}
        value={kept.value}
        onChange={kept.set}
        error={kept.error}
      />
      <Select
        label={t('timeZone')}
        description={t('timeZoneHint')}
        searchable
        allowDeselect={false}
        limit={100}
        data={zones(zone.value)}
        value={zone.value}
        renderOption={({ option }) => <Data>{option.value}</Data>}
        onChange={(said) => said && zone.set(said)}
        error={zone.error}
      />
    </>
  )
}
