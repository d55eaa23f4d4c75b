import './people.css'
import { Button, Group, Menu, UnstyledButton } from '@mantine/core'
import { useState } from 'react'
import type { TeamView } from '../../src/people/schema.ts'
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
import { CreateTeam } from './teams/CreateTeam.tsx'
import { DeleteTeam } from './teams/DeleteTeam.tsx'
import { EditTeam } from './teams/EditTeam.tsx'
import { TeamDialog } from './teams/TeamDialog.tsx'
import { texts } from './teams/texts.data.ts'

const t = translator(texts)

type Changing = { readonly team: TeamView; readonly how: 'edit' | 'delete' }

export function TeamsPage() {
  const [search, set] = useUrl()
  const may = useMay()
  const mayWrite = may('teams:write') === 'all'
  const [changing, setChanging] = useState<Changing | null>(null)
  const create = () => set({ do: 'create' }, 'push')
  const begin = (how: Changing['how']) => (team: TeamView) => {
    set({ team: undefined })
    setChanging({ team, how })
  }
  return (
    <Page
      title={t('title')}
      about={t('about')}
      actions={mayWrite && <AddButton onClick={create}>{t('create')}</AddButton>}
    >
      <TeamList
        onOpen={({ id }) => set({ team: id }, 'push')}
        {...(mayWrite ? { onCreate: create, onEdit: begin('edit'), onDelete: begin('delete') } : {})}
      />
      {search['team'] && (
        <TeamDialog
          id={search['team']}
          mayWrite={mayWrite}
          onClose={() => set({ team: undefined })}
          onEdit={begin('edit')}
          onDelete={begin('delete')}
        />
      )}
      {search['do'] === 'create' && mayWrite && <CreateTeam onClose={() => set({ do: undefined })} />}
      {changing?.how === 'edit' && <EditTeam team={changing.team} onClose={() => setChanging(null)} />}
      {changing?.how === 'delete' && <DeleteTeam team={changing.team} onClose={() => setChanging(null)} />}
    </Page>
  )
}

type ListProps = {
  readonly onOpen: (team: TeamView) => void
  readonly onCreate?: () => void
  readonly onEdit?: (team: TeamView) => void
  readonly onDelete?: (team: TeamView) => void
}

const columnsOf = (onOpen: (team: TeamView) => void): readonly Column<TeamView>[] => [
  {
    id: 'name',
    label: t('name'),
    cell: (team) => (
      <Group gap="xs">
        <UnstyledButton className="link" onClick={() => onOpen(team)}>
          <Data>{team.name}</Data>
        </UnstyledButton>
        <ManagedBadge by={team.managedBy} />
      </Group>
    ),
  },
  { id: 'slug', label: t('slug'), cell: ({ slug }) => <Data>{slug}</Data> },
  { id: 'members', label: t('members'), isNumber: true, cell: ({ members }) => <Count n={members.length} /> },
  { id: 'created', label: t('created'), cell: ({ createdAt }) => <Time at={createdAt} /> },
]

function TeamList({ onOpen, onCreate, onEdit, onDelete }: ListProps) {
  const [search, set] = useUrl()
  const list = useList<TeamView>('/teams', { search: search['search'], limit: 50 })
  const menuOf = (team: TeamView) =>
    team.managedBy === null && (
      <RowMenu name={team.name}>
        <Menu.Item onClick={() => onEdit?.(team)}>{t('edit')}</Menu.Item>
        <Menu.Item color="red" onClick={() => onDelete?.(team)}>
          {t('delete')}
        </Menu.Item>
      </RowMenu>
    )
  return (
    <>
      <SearchFilter label={t('search')} />
      <DataTable
        label={t('title')}
        columns={columnsOf(onOpen)}
        list={list}
        idOf={({ id }) => id}
        nameOf={({ name }) => name}
        onOpen={onOpen}
        isFiltered={Boolean(search['search'])}
        onClearFilters={() => set({ search: undefined })}
        empty={
          <EmptyState
            title={t('none')}
            text={onCreate ? t('noneText') : t('noneOwnText')}
            action={onCreate && <Button onClick={onCreate}>{t('create')}</Button>}
          />
        }
        {...(onEdit ? { actions: menuOf } : {})}
      />
    </>
  )
}
