import { Group, Select } from '@mantine/core'
import { useState } from 'react'
import { translator } from '../../texts.ts'
import { laterPart } from '../../ui/later.tsx'
import { SearchFilter } from '../../ui/SearchField.tsx'
import { useUrl } from '../../ui/useUrl.ts'
import { ColumnChooser } from './ColumnChooser.tsx'
import { FilterPills } from './FilterPills.tsx'
import { FiltersButton } from './FiltersButton.tsx'
import { filterOf, statuses } from './filters.ts'
import { ListMenu } from './ListMenu.tsx'
import { texts } from './texts.data.ts'
import { ViewsMenu } from './ViewsMenu.tsx'

const MoreFilters = laterPart(() => import('./MoreFilters.tsx').then((m) => m.MoreFilters), null)
const t = translator(texts)

/** All of it stands in the address: what is sent to somebody else shows the same list. */
export function KeyFilters() {
  const [url, set] = useUrl()
  const filter = filterOf(url)
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Group gap="xs" align="flex-end" className="key-filters">
        <SearchFilter label={t('search')} placeholder={t('searchPlaceholder')} />
        <Select
          className="status-filter"
          label={t('statusFilter')}
          data={[
            { value: '', label: t('anyStatus') },
            ...statuses.map((status) => ({ value: status, label: t(status) })),
          ]}
          value={filter.status ?? ''}
          onChange={(status) => set({ status: status ?? '' })}
          allowDeselect={false}
        />
        <FiltersButton isOpen={isOpen} onToggle={() => setOpen(!isOpen)} />
        <ViewsMenu />
        <ColumnChooser />
        <ListMenu />
      </Group>
      {isOpen && <MoreFilters />}
      <FilterPills />
    </>
  )
}
