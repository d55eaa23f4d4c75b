import { Button, Menu, Text } from '@mantine/core'
import { Link, useNavigate } from '@tanstack/react-router'
import type { ProviderView } from '../../src/providers/schema.ts'
import { useMay } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { AddButton } from '../ui/AddButton.tsx'
import { Count, Data } from '../ui/Data.tsx'
import { type Column, DataTable } from '../ui/DataTable.tsx'
import { FilterSelect } from '../ui/FilterSelect.tsx'
import { Filters } from '../ui/Filters.tsx'
import { later } from '../ui/later.tsx'
import { EmptyState, Page } from '../ui/Page.tsx'
import { RowMenu } from '../ui/RowMenu.tsx'
import { SearchFilter } from '../ui/SearchField.tsx'
import { useList } from '../ui/useCalls.ts'
import { useNames } from '../ui/useNames.ts'
import { useUrl } from '../ui/useUrl.ts'
import { HealthCell, NameCell, pathOf } from '../upstreams/cells.tsx'
import { EditAndDelete } from '../upstreams/EditAndDelete.tsx'
import { ProviderState } from './ProviderState.tsx'
import { texts } from './texts.data.ts'

const AddProvider = later(() => import('./add/AddProvider.tsx').then((m) => m.AddProvider))

const t = translator(texts)

export function ProvidersPage() {
  const [url, set] = useUrl()
  const may = useMay()
  const navigate = useNavigate()
  const projects = useNames('/projects')
  const mayWrite = may('providers:write') !== 'none'
  const list = useList<ProviderView>('/providers', { search: url['search'], limit: 200 }, { ms: 10_000 })
  const isWhole = list.page === 0 && list.next === null
  const state = isWhole ? url['state'] : undefined
  const add = () => set({ add: 'yes' }, 'push')
  return (
    <Page title={t('title')} about={t('about')} actions={mayWrite && <AddButton onClick={add}>{t('add')}</AddButton>}>
      <ProviderFilters isWhole={isWhole} />
      <DataTable
        label={t('title')}
        list={{ ...list, items: list.items.filter((one) => state === undefined || one.state === state) }}
        columns={columnsOf(projects.nameOf)}
        idOf={({ id }) => id}
        nameOf={({ name }) => name}
        onOpen={(provider) => void navigate({ to: pathOf({ kind: 'providers', of: provider }) })}
        actions={(provider) => <Actions provider={provider} mayWrite={mayWrite} />}
        isFiltered={url['search'] !== undefined || state !== undefined}
        onClearFilters={() => set({ search: '', state: '' })}
        pageSize={200}
        empty={
          <EmptyState
            title={t('emptyTitle')}
            text={t('emptyText')}
            action={mayWrite && <Button onClick={add}>{t('add')}</Button>}
          />
        }
      />
      {mayWrite && url['add'] !== undefined && <AddProvider onClose={() => set({ add: '' })} />}
    </Page>
  )
}

function ProviderFilters({ isWhole }: { readonly isWhole: boolean }) {
  return (
    <Filters>
      <SearchFilter label={t('search')} />
      {isWhole && <FilterSelect name="state" label={t('filterState')} options={states} />}
    </Filters>
  )
}

const states = (['ready', 'refused', 'unreachable', 'unknown'] as const).map((value) => ({ value, label: t(value) }))

const columnsOf = (projectName: (id: string) => string): Column<ProviderView>[] => [
  {
    id: 'name',
    label: t('name'),
    cell: (provider) => <NameCell kind="providers" of={provider} />,
  },
  { id: 'project', label: t('project'), cell: ({ project }) => <Data>{projectName(project)}</Data> },
  {
    id: 'preset',
    label: t('preset'),
    cell: ({ preset, baseUrl }) => (
      <div>
        {t(preset ?? 'noPreset')}
        <Text size="xs" c="dimmed" truncate maw={280}>
          <Data>{baseUrl}</Data>
        </Text>
      </div>
    ),
  },
  {
    id: 'health',
    label: t('health'),
    cell: (provider) => (
      <HealthCell of={provider} badge={<ProviderState state={provider.state} />} isReady={provider.state === 'ready'} />
    ),
  },
  {
    id: 'credential',
    label: t('credential'),
    cell: ({ credential }) => t(credential === null ? 'noCredential' : 'isSet'),
  },
  { id: 'models', label: t('models'), isNumber: true, cell: ({ models }) => <Count n={models.length} /> },
]

function Actions({ provider, mayWrite }: { readonly provider: ProviderView; readonly mayWrite: boolean }) {
  const path = pathOf({ kind: 'providers', of: provider })
  return (
    <RowMenu name={provider.name}>
      <Menu.Item component={Link} to={path}>
        {t('open')}
      </Menu.Item>
      {mayWrite && provider.managedBy === null && <EditAndDelete path={path} />}
    </RowMenu>
  )
}
