import { Group, Menu } from '@mantine/core'
import { IconPencil, IconTrash } from '@tabler/icons-react'
import { Link, useNavigate } from '@tanstack/react-router'
import type { CatalogView } from '../../src/catalogs/schema.ts'
import { useMay } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { AddButton } from '../ui/AddButton.tsx'
import { Count, Data, Time } from '../ui/Data.tsx'
import { type Column, DataTable } from '../ui/DataTable.tsx'
import { ManagedBadge } from '../ui/Managed.tsx'
import { EmptyState, Page } from '../ui/Page.tsx'
import { RowMenu } from '../ui/RowMenu.tsx'
import { SearchFilter } from '../ui/SearchField.tsx'
import { useList } from '../ui/useCalls.ts'
import { useUrl } from '../ui/useUrl.ts'
import { Audience } from './Audience.tsx'
import { CreateCatalog } from './CreateCatalog.tsx'
import { DeleteCatalog } from './DeleteCatalog.tsx'
import { EditCatalog } from './EditCatalog.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

const pathOf = (id: string) => `/configuration/catalogs/${id}`
const columns: readonly Column<CatalogView>[] = [
  {
    id: 'name',
    label: t('name'),
    cell: ({ id, name, managedBy }) => (
      <Group gap="xs">
        <Link className="link" to={pathOf(id)}>
          <Data>{name}</Data>
        </Link>
        <ManagedBadge by={managedBy} />
      </Group>
    ),
  },
  { id: 'audience', label: t('audience'), cell: ({ audience }) => <Audience of={audience} /> },
  { id: 'servers', label: t('servers'), isNumber: true, cell: ({ servers }) => <Count n={servers.length} /> },
  { id: 'providers', label: t('providers'), isNumber: true, cell: ({ providers }) => <Count n={providers.length} /> },
  { id: 'created', label: t('created'), cell: ({ createdAt }) => <Time at={createdAt} /> },
]

export function CatalogsPage() {
  const [search, set] = useUrl()
  const mayWrite = useMay()('catalogs:write') === 'all'
  const navigate = useNavigate()
  const list = useList<CatalogView>('/catalogs', { search: search['search'] })
  const create = mayWrite && <AddButton onClick={() => set({ new: '1' }, 'push')}>{t('create')}</AddButton>
  return (
    <Page title={t('title')} about={t('about')} actions={create}>
      <SearchFilter label={t('search')} />
      <DataTable
        label={t('title')}
        columns={columns}
        list={list}
        idOf={({ id }) => id}
        nameOf={({ name }) => name}
        onOpen={({ id }) => void navigate({ to: pathOf(id) })}
        isFiltered={search['search'] !== undefined}
        onClearFilters={() => set({ search: '' })}
        empty={<EmptyState title={t('emptyTitle')} text={t('emptyText')} action={create} />}
        {...(mayWrite ? { actions: (catalog: CatalogView) => <Actions catalog={catalog} set={set} /> } : {})}
      />
      {mayWrite && <Dialogs />}
    </Page>
  )
}

type ActionsProps = { readonly catalog: CatalogView; readonly set: ReturnType<typeof useUrl>[1] }
const Actions = ({ catalog: { id, name, managedBy }, set }: ActionsProps) =>
  managedBy === null && (
    <RowMenu name={name}>
      <Menu.Item leftSection={<IconPencil size={16} />} onClick={() => set({ edit: id }, 'push')}>
        {t('edit')}
      </Menu.Item>
      <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={() => set({ delete: id }, 'push')}>
        {t('delete')}
      </Menu.Item>
    </RowMenu>
  )

function Dialogs() {
  const [search, set] = useUrl()
  const close = () => set({ new: '', edit: '', delete: '' })
  if (search['new']) return <CreateCatalog onClose={close} />
  if (search['edit']) return <EditCatalog key={search['edit']} catalogId={search['edit']} onClose={close} />
  if (search['delete']) return <DeleteCatalog key={search['delete']} catalogId={search['delete']} onClose={close} />
  return null
}
