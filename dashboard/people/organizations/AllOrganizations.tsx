import { Badge, Button, Group } from '@mantine/core'
import { useState } from 'react'
import type { OrganizationView } from '../../../src/people/schema.ts'
import { translator } from '../../texts.ts'
import { Data, Time } from '../../ui/Data.tsx'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { EmptyState } from '../../ui/Page.tsx'
import { SearchFilter } from '../../ui/SearchField.tsx'
import { Section } from '../../ui/Section.tsx'
import { useList } from '../../ui/useCalls.ts'
import { useUrl } from '../../ui/useUrl.ts'
import { EditOrganization } from './EditOrganization.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

const columns: readonly Column<OrganizationView>[] = [
  {
    id: 'name',
    label: t('name'),
    cell: ({ name, default: isDefault }) => (
      <Group gap="xs">
        <Data>{name}</Data>
        {isDefault && <Badge color="gray">{t('default')}</Badge>}
      </Group>
    ),
  },
  { id: 'slug', label: t('slug'), cell: ({ slug }) => <Data>{slug}</Data> },
  {
    id: 'staleness',
    label: t('staleness'),
    cell: ({ maxStalenessSeconds }) => t('seconds', { n: maxStalenessSeconds }),
  },
  { id: 'created', label: t('created'), cell: ({ createdAt }) => <Time at={createdAt} /> },
]

/** What operators see: all of them, and nothing that is in another one. */
export function AllOrganizations() {
  const [search, set] = useUrl()
  const list = useList<OrganizationView>('/organizations', { search: search['search'], limit: 50 })
  const [edited, setEdited] = useState<OrganizationView | null>(null)
  return (
    <Section title={t('all')}>
      <SearchFilter label={t('search')} />
      <DataTable
        label={t('all')}
        columns={columns}
        list={list}
        idOf={({ id }) => id}
        nameOf={({ name }) => name}
        isFiltered={Boolean(search['search'])}
        onClearFilters={() => set({ search: undefined })}
        empty={<EmptyState title={t('none')} text={t('noneText')} />}
        actions={(organization) => (
          <Button
            size="compact-sm"
            variant="default"
            aria-label={t('editTitle', { name: organization.name })}
            onClick={() => setEdited(organization)}
          >
            {t('edit')}
          </Button>
        )}
      />
      {edited && <EditOrganization organization={edited} onClose={() => setEdited(null)} />}
    </Section>
  )
}
