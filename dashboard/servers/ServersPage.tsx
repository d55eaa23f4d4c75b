import { Button, Group } from '@mantine/core'
import type { ServerView } from '../../src/servers/schema.ts'
import { useMay } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { AddButton } from '../ui/AddButton.tsx'
import { EntityPicker } from '../ui/EntityPicker.tsx'
import { FilterSelect } from '../ui/FilterSelect.tsx'
import { Filters } from '../ui/Filters.tsx'
import { later } from '../ui/later.tsx'
import { EmptyState, Page } from '../ui/Page.tsx'
import { SearchFilter } from '../ui/SearchField.tsx'
import { type List, useList } from '../ui/useCalls.ts'
import { useNames } from '../ui/useNames.ts'
import { type UrlState, useUrl } from '../ui/useUrl.ts'
import { isWay } from './add/way.ts'
import { ServersTable } from './ServersTable.tsx'
import { texts } from './texts.data.ts'

const AddServer = later(() => import('./add/AddServer.tsx').then((m) => m.AddServer))

const t = translator(texts)

export function ServersPage() {
  const [url, set] = useUrl()
  const may = useMay()
  const mayWrite = may('servers:write') !== 'none'
  const list = useList<ServerView>('/servers', { search: url['search'], limit: 200 }, { ms: 10_000 })
  const add = url['add']
  return (
    <Page
      title={t('title')}
      about={t('about')}
      actions={mayWrite && <AddButton onClick={() => set({ add: 'url' }, 'push')}>{t('add')}</AddButton>}
    >
      <ServerFilters isWhole={isWhole(list)} />
      <ServersTable
        list={{ ...list, items: isWhole(list) ? list.items.filter((server) => fits(server, url)) : list.items }}
        isFiltered={filters.some((name) => url[name] !== undefined)}
        onClearFilters={() => set({ search: '', state: '', kind: '', project: '' })}
        empty={<NoServers mayWrite={mayWrite} onAdd={(way) => set({ add: way }, 'push')} />}
      />
      {mayWrite && isWay(add) && (
        <AddServer way={add} onWay={(way) => set({ add: way })} onClose={() => set({ add: '' })} />
      )}
    </Page>
  )
}

const filters = ['search', 'state', 'kind', 'project'] as const

/** All of them are here, so what is sorted out of them is sorted out of everything. */
const isWhole = ({ page, next }: Pick<List<ServerView>, 'page' | 'next'>): boolean => page === 0 && next === null

const fits = ({ state, transport, project }: ServerView, url: UrlState): boolean =>
  (url['state'] === undefined || url['state'] === state) &&
  (url['kind'] === undefined || url['kind'] === transport.type) &&
  (url['project'] === undefined || url['project'] === project)

function ServerFilters({ isWhole: hasAll }: { readonly isWhole: boolean }) {
  const [url, set] = useUrl()
  const projects = useNames('/projects')
  return (
    <Filters>
      <SearchFilter label={t('search')} />
      {hasAll && <FilterSelect name="state" label={t('filterState')} options={states} />}
      {hasAll && <FilterSelect name="kind" label={t('filterKind')} options={kinds} />}
      {hasAll && projects.options.length > 1 && (
        <EntityPicker
          path="/projects"
          label={t('filterProject')}
          placeholder={t('anyProject')}
          clearable
          value={url['project'] ?? null}
          onChange={(project) => set({ project: project ?? '' })}
        />
      )}
    </Filters>
  )
}

const states = (['ready', 'unreachable', 'starting'] as const).map((value) => ({ value, label: t(value) }))
const kinds = (['http', 'sse', 'stdio'] as const).map((value) => ({ value, label: t(value) }))

type Empty = { readonly mayWrite: boolean; readonly onAdd: (way: 'url' | 'import') => void }
const NoServers = ({ mayWrite, onAdd }: Empty) => (
  <EmptyState
    title={t('emptyTitle')}
    text={t('emptyText')}
    action={
      mayWrite && (
        <Group gap="xs">
          <Button onClick={() => onAdd('url')}>{t('add')}</Button>
          <Button variant="default" onClick={() => onAdd('import')}>
            {t('importExisting')}
          </Button>
        </Group>
      )
    }
  />
)
