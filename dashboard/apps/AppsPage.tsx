import { Checkbox } from '@mantine/core'
import { Link, useNavigate } from '@tanstack/react-router'
import type { AppView } from '../../src/apps/schema.ts'
import { useMay } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { AddButton } from '../ui/AddButton.tsx'
import { Data, Time } from '../ui/Data.tsx'
import { type Column, DataTable } from '../ui/DataTable.tsx'
import { EntityPicker } from '../ui/EntityPicker.tsx'
import { Filters } from '../ui/Filters.tsx'
import { later } from '../ui/later.tsx'
import { EmptyState, Page } from '../ui/Page.tsx'
import { SearchFilter } from '../ui/SearchField.tsx'
import { useList } from '../ui/useCalls.ts'
import { useNames } from '../ui/useNames.ts'
import { useUrl } from '../ui/useUrl.ts'
import { AppOwnerName } from './AppOwner.tsx'
import { isNothing } from './choices.ts'
import { texts } from './texts.data.ts'

const CreateApp = later(() => import('./CreateApp.tsx').then((m) => m.CreateApp))

const t = translator(texts)

const pathOf = (id: string) => `/configuration/apps/${id}`

/** Of how many servers it has tools. */
function toolsSaid({ tools, toolsDefault }: AppView): string {
  const n = Object.values(tools).filter((choice) => !isNothing(choice)).length
  if (isNothing(toolsDefault)) return n === 0 ? t('nothing') : t('serversCount', { n })
  return n === 0 ? t('everything') : t('andLater', { named: t('serversCount', { n }) })
}

const columnsOf = (projectName: (id: string) => string): readonly Column<AppView>[] => [
  {
    id: 'name',
    label: t('name'),
    cell: ({ id, name }) => (
      <Link className="link" to={pathOf(id)}>
        <Data>{name}</Data>
      </Link>
    ),
  },
  { id: 'owner', label: t('owner'), cell: ({ owner }) => <AppOwnerName of={owner} /> },
  { id: 'project', label: t('project'), cell: ({ project }) => <Data>{projectName(project)}</Data> },
  { id: 'tools', label: t('tools'), cell: toolsSaid },
  {
    id: 'key',
    label: t('key'),
    cell: ({ key, name }) =>
      key === null ? (
        t('noKey')
      ) : (
        <Link className="link" to={`/configuration/api-keys/${key}`} aria-label={t('openKeyOf', { name })}>
          {t('openKey')}
        </Link>
      ),
  },
  { id: 'created', label: t('created'), cell: ({ createdAt }) => <Time at={createdAt} /> },
]

export function AppsPage() {
  const [search, set] = useUrl()
  const navigate = useNavigate()
  const mayWrite = useMay()('apps:write') !== 'none'
  const projects = useNames('/projects')
  const { search: text, project, owner } = search
  const list = useList<AppView>('/apps', { search: text, project, owner })
  const open = (id: string) => void navigate({ to: pathOf(id) })
  const create = mayWrite && <AddButton onClick={() => set({ new: '1' }, 'push')}>{t('create')}</AddButton>
  return (
    <Page title={t('title')} about={t('about')} actions={create}>
      <AppFilters />
      <DataTable
        label={t('title')}
        columns={columnsOf(projects.nameOf)}
        list={list}
        idOf={({ id }) => id}
        nameOf={({ name }) => name}
        onOpen={({ id }) => open(id)}
        isFiltered={[text, project, owner].some((said) => said !== undefined)}
        onClearFilters={() => set({ search: '', project: '', owner: '' })}
        empty={<EmptyState title={t('emptyTitle')} text={t('emptyText')} action={create} />}
      />
      {mayWrite && search['new'] && <CreateApp onClose={() => set({ new: '' })} onMade={({ id }) => open(id)} />}
    </Page>
  )
}

function AppFilters() {
  const [search, set] = useUrl()
  return (
    <Filters>
      <SearchFilter label={t('search')} />
      <EntityPicker
        path="/projects"
        label={t('project')}
        placeholder={t('anyProject')}
        clearable
        value={search['project'] ?? null}
        onChange={(project) => set({ project: project ?? '' })}
      />
      <Checkbox
        mb={8}
        label={t('mine')}
        checked={search['owner'] === 'me'}
        onChange={({ currentTarget: { checked } }) => set({ owner: checked ? 'me' : '' })}
      />
    </Filters>
  )
}
