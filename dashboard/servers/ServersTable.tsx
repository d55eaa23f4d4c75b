import { Menu, Text } from '@mantine/core'
import { Link, useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { ServerView } from '../../src/servers/schema.ts'
import { useMay } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { Count, Data } from '../ui/Data.tsx'
import { type Column, DataTable } from '../ui/DataTable.tsx'
import { RowMenu } from '../ui/RowMenu.tsx'
import type { List } from '../ui/useCalls.ts'
import { useNames } from '../ui/useNames.ts'
import { HealthCell, NameCell, pathOf } from '../upstreams/cells.tsx'
import { EditAndDelete } from '../upstreams/EditAndDelete.tsx'
import { ServerState } from './ServerState.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = {
  readonly list: Omit<List<ServerView>, 'items'> & { readonly items: readonly ServerView[] }
  readonly isFiltered: boolean
  readonly onClearFilters: () => void
  readonly empty: ReactNode
}

export function ServersTable({ list, ...rest }: Props) {
  const navigate = useNavigate()
  const projects = useNames('/projects')
  const open = (server: ServerView) => void navigate({ to: pathOf({ kind: 'servers', of: server }) })
  return (
    <DataTable
      {...rest}
      list={{ ...list, items: [...list.items] }}
      label={t('title')}
      columns={columnsOf(projects.nameOf)}
      idOf={({ id }) => id}
      nameOf={({ name }) => name}
      onOpen={open}
      pageSize={200}
      actions={(server) => <Actions server={server} />}
    />
  )
}

const columnsOf = (projectName: (id: string) => string): Column<ServerView>[] => [
  {
    id: 'name',
    label: t('name'),
    cell: (server) => <NameCell kind="servers" of={server} />,
  },
  { id: 'project', label: t('project'), cell: ({ project }) => <Data>{projectName(project)}</Data> },
  {
    id: 'kind',
    label: t('kind'),
    cell: ({ transport }) => (
      <div>
        {t(transport.type)}
        <Text size="xs" c="dimmed" truncate maw={280}>
          <Data>{transport.type === 'stdio' ? transport.command : transport.url}</Data>
        </Text>
      </div>
    ),
  },
  {
    id: 'health',
    label: t('health'),
    cell: (server) => (
      <HealthCell of={server} badge={<ServerState state={server.state} />} isReady={server.state !== 'unreachable'} />
    ),
  },
  {
    id: 'tools',
    label: t('tools'),
    isNumber: true,
    cell: ({ tools }) =>
      tools ? (
        <Count n={tools.length} />
      ) : (
        <Text size="xs" c="dimmed" component="span" className="nowrap">
          {t('unknownTools')}
        </Text>
      ),
  },
]

function Actions({ server }: { readonly server: ServerView }) {
  const may = useMay()
  const isOurs = may('servers:write') !== 'none' && server.managedBy === null
  const path = pathOf({ kind: 'servers', of: server })
  return (
    <RowMenu name={server.name}>
      <Menu.Item component={Link} to={path}>
        {t('open')}
      </Menu.Item>
      <Menu.Item component={Link} to={path} search={{ tab: 'tools' } as never}>
        {t('tools')}
      </Menu.Item>
      <Menu.Item component={Link} to={path} search={{ tab: 'connect' } as never}>
        {t('tabConnect')}
      </Menu.Item>
      {isOurs && <EditAndDelete path={path} />}
    </RowMenu>
  )
}
