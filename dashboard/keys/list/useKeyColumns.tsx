import { useMemo } from 'react'
import type { KeyView } from '../../../src/keys/schema.ts'
import type { ProjectView } from '../../../src/projects/schema.ts'
import type { PageOf } from '../../api.ts'
import { useMay } from '../../session/session.tsx'
import { translator } from '../../texts.ts'
import { Count, Time } from '../../ui/Data.tsx'
import type { Column } from '../../ui/DataTable.tsx'
import { useOne } from '../../ui/useCalls.ts'
import { type UrlState, useUrl } from '../../ui/useUrl.ts'
import {
  AgeCell,
  DescriptionCell,
  IdCell,
  NameCell,
  OwnerCell,
  PreviewCell,
  ProjectsCell,
  ServersCell,
  ShareCell,
  StatusCell,
  TagsCell,
} from './KeyCells.tsx'
import type { KnownServers } from './serverCount.ts'
import { type ColumnId, shownColumns } from './shownColumns.ts'
import { texts } from './texts.data.ts'
import { useKnownServers } from './useKnownServers.ts'

const t = translator(texts)

type KeyColumn = Omit<Column<KeyView>, 'id'>
type Around = {
  readonly hrefOf: (id: string) => string
  readonly isForAll: boolean
  readonly mayWrite: boolean
  readonly known: KnownServers | null
  readonly tiers: ReadonlyMap<string, ProjectView['tier']>
  readonly open: (name: 'key' | 'projects', id: string) => void
}

/** The columns that the address asks for, the same ones until they say something else; read once for all rows. */
export function useKeyColumns(): readonly Column<KeyView>[] {
  const [url, set] = useUrl()
  const may = useMay()
  const [isForAll, mayWrite] = [may('keys:read') === 'all', may('keys:write') !== 'none']
  const { cols } = url
  const list = listOf(url)
  const known = useKnownServers()
  const tiers = useTiers(shownColumns(url).includes('environment'))
  return useMemo(() => {
    const columns = columnsOf({
      hrefOf: (id) => `?${new URLSearchParams(`${list}&key=${id}`)}`,
      isForAll,
      mayWrite,
      known,
      tiers,
      open: (name, id) => set({ [name]: id }, 'push'),
    })
    return shownColumns(cols === undefined ? {} : { cols }).map((id) => ({ id, ...columns[id] }))
  }, [cols, list, isForAll, mayWrite, known, tiers, set])
}

/** The address without what is open over the list. */
function listOf(url: UrlState): string {
  const { key, tab, rotate, edit, projects, create, import: importing, ...list } = url
  return String(new URLSearchParams(list))
}

function useTiers(isShown: boolean): Around['tiers'] {
  const { data } = useOne<PageOf<ProjectView>>(isShown ? '/projects' : null, { limit: 200 })
  return useMemo(() => new Map((data?.items ?? []).map(({ id, tier }) => [id, tier])), [data])
}

const columnsOf = (around: Around): Readonly<Record<ColumnId, KeyColumn>> => ({
  ...whoAndWhat(around),
  ...whenAndHowMuch,
  ...further(around),
})

const whoAndWhat = ({ hrefOf, isForAll, mayWrite, known, open }: Around) => ({
  name: {
    label: t('name'),
    sort: 'name',
    cell: (key: KeyView) => <NameCell of={key} href={hrefOf(key.id)} onOpen={() => open('key', key.id)} />,
  },
  owner: {
    label: t(isForAll ? 'user' : 'owner'),
    sort: 'owner',
    cell: (key: KeyView) => <OwnerCell of={key} />,
  },
  key: { label: t('key'), cell: (key: KeyView) => <PreviewCell of={key} /> },
  status: { label: t('status'), sort: 'status', cell: (key: KeyView) => <StatusCell status={key.status} /> },
  servers: { label: t('servers'), cell: (key: KeyView) => <ServersCell of={key} known={known} /> },
  projects: {
    label: t('projects'),
    cell: (key: KeyView) => <ProjectsCell of={key} onChange={mayWrite ? () => open('projects', key.id) : null} />,
  },
})

const whenAndHowMuch = {
  expires: {
    label: t('expires'),
    sort: 'expiresAt',
    cell: (key: KeyView) => <Time at={key.expiresAt} missing={t('never')} />,
  },
  lastUsed: {
    label: t('lastUsed'),
    sort: 'lastUsedAt',
    cell: (key: KeyView) => <Time at={key.lastUsedAt} missing={t('never')} />,
  },
  created: { label: t('created'), sort: 'createdAt', cell: (key: KeyView) => <Time at={key.createdAt} /> },
  requests: {
    label: t('requests'),
    sort: 'requests',
    isNumber: true,
    cell: (key: KeyView) => <Count n={key.requests} />,
  },
  usage: {
    label: t('usage'),
    hint: t('usageHint'),
    sort: 'share',
    isNumber: true,
    cell: (key: KeyView) => <ShareCell share={key.share} />,
  },
}

const further = ({ tiers }: Around) => ({
  id: { label: t('id'), cell: (key: KeyView) => <IdCell of={key} /> },
  description: { label: t('description'), cell: (key: KeyView) => <DescriptionCell of={key} /> },
  age: { label: t('age'), hint: t('ageHint'), cell: (key: KeyView) => <AgeCell of={key} /> },
  environment: {
    label: t('environment'),
    cell: ({ projects }: KeyView) =>
      [...new Set(projects.flatMap((id) => tiers.get(id) ?? []))].map((tier) => t(tier)).join(', '),
  },
  tags: { label: t('tags'), cell: (key: KeyView) => <TagsCell of={key} /> },
})
