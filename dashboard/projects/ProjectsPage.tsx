import { Badge, Group, Menu, UnstyledButton } from '@mantine/core'
import { IconEye, IconPencil, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import type { Effect } from '../../src/fleet/schema.ts'
import type { ProjectView } from '../../src/projects/schema.ts'
import { useMay } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { AddButton } from '../ui/AddButton.tsx'
import { Data, Id, Time } from '../ui/Data.tsx'
import { type Column, DataTable } from '../ui/DataTable.tsx'
import { EffectNote } from '../ui/EffectNote.tsx'
import { ManagedBadge } from '../ui/Managed.tsx'
import { EmptyState, Page } from '../ui/Page.tsx'
import { RowMenu } from '../ui/RowMenu.tsx'
import { SearchFilter } from '../ui/SearchField.tsx'
import { useList } from '../ui/useCalls.ts'
import { useUrl } from '../ui/useUrl.ts'
import { CreateProject } from './CreateProject.tsx'
import { DeleteProject } from './DeleteProject.tsx'
import { EditProject } from './EditProject.tsx'
import { ProjectDialog } from './ProjectDialog.tsx'
import { TierBadge } from './TierField.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type SetUrl = ReturnType<typeof useUrl>[1]

const columnsOf = (set: SetUrl): readonly Column<ProjectView>[] => [
  {
    id: 'name',
    label: t('name'),
    cell: ({ id, name, managedBy, default: isDefault }) => (
      <Group gap="xs">
        <UnstyledButton className="link" fz="sm" onClick={() => set({ show: id }, 'push')}>
          <Data>{name}</Data>
        </UnstyledButton>
        {isDefault && <Badge>{t('isDefault')}</Badge>}
        <ManagedBadge by={managedBy} />
      </Group>
    ),
  },
  { id: 'slug', label: t('slug'), cell: ({ slug }) => <Id>{slug}</Id> },
  { id: 'tier', label: t('tier'), cell: ({ tier }) => <TierBadge tier={tier} /> },
  { id: 'created', label: t('created'), cell: ({ createdAt }) => <Time at={createdAt} /> },
]

export function ProjectsPage() {
  const [search, set] = useUrl()
  const [effect, setEffect] = useState<Effect | null>(null)
  const mayWrite = useMay()('projects:write') === 'all'
  const list = useList<ProjectView>('/projects', { search: search['search'] })
  const create = mayWrite && <AddButton onClick={() => set({ new: '1' }, 'push')}>{t('create')}</AddButton>
  return (
    <Page title={t('title')} about={t('about')} actions={create}>
      <SearchFilter label={t('search')} />
      <EffectNote effect={effect} />
      <DataTable
        label={t('title')}
        columns={columnsOf(set)}
        list={list}
        idOf={({ id }) => id}
        nameOf={({ name }) => name}
        onOpen={({ id }) => set({ show: id }, 'push')}
        isFiltered={search['search'] !== undefined}
        onClearFilters={() => set({ search: '' })}
        empty={<EmptyState title={t('emptyTitle')} text={t('emptyText')} action={create} />}
        actions={(project) => <Actions project={project} set={set} mayWrite={mayWrite} />}
      />
      <Dialogs mayWrite={mayWrite} onSaved={setEffect} />
    </Page>
  )
}

type ActionsProps = { readonly project: ProjectView; readonly set: SetUrl; readonly mayWrite: boolean }
function Actions({ project, set, mayWrite }: ActionsProps) {
  const { id, name, managedBy } = project
  return (
    <RowMenu name={name}>
      <Menu.Item leftSection={<IconEye size={16} />} onClick={() => set({ show: id }, 'push')}>
        {t('show')}
      </Menu.Item>
      {mayWrite && managedBy === null && (
        <>
          <Menu.Item leftSection={<IconPencil size={16} />} onClick={() => set({ edit: id }, 'push')}>
            {t('edit')}
          </Menu.Item>
          {!project.default && (
            <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={() => set({ delete: id }, 'push')}>
              {t('delete')}
            </Menu.Item>
          )}
        </>
      )}
    </RowMenu>
  )
}

type DialogsProps = { readonly mayWrite: boolean; readonly onSaved: (effect: Effect) => void }
function Dialogs({ mayWrite, onSaved }: DialogsProps) {
  const [{ show, edit, delete: doomed, new: isNew }, set] = useUrl()
  const close = () => set({ new: '', edit: '', delete: '', show: '' })
  if (mayWrite && isNew) return <CreateProject onClose={close} />
  if (mayWrite && edit) return <EditProject key={edit} projectId={edit} onClose={close} onSaved={onSaved} />
  if (mayWrite && doomed) return <DeleteProject projectId={doomed} onClose={close} />
  return show ? <ProjectDialog projectId={show} onClose={close} /> : null
}
