import { Menu } from '@mantine/core'
import { IconPencil, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import type { Effect } from '../../src/fleet/schema.ts'
import type { LimitView } from '../../src/limits/schema.ts'
import type { Refs } from '../api.ts'
import { useMay } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { AddButton } from '../ui/AddButton.tsx'
import { type Column, DataTable } from '../ui/DataTable.tsx'
import { EffectNote } from '../ui/EffectNote.tsx'
import { EmptyState, Page } from '../ui/Page.tsx'
import { RowMenu } from '../ui/RowMenu.tsx'
import { useList } from '../ui/useCalls.ts'
import { useUrl } from '../ui/useUrl.ts'
import { CreateLimit } from './CreateLimit.tsx'
import { DeleteLimit } from './DeleteLimit.tsx'
import { EditLimit } from './EditLimit.tsx'
import { NowUsed } from './NowUsed.tsx'
import { limitTypes } from './target/kinds.data.ts'
import { TargetFilter } from './target/TargetFilter.tsx'
import { nameOfTarget, TargetName } from './target/TargetName.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

const lookAgainMs = 10_000

/** Every limit with what of it is taken now. */
export function LimitsPage() {
  const [{ type, target, create, limit }, set] = useUrl()
  const mayWrite = useMay()('limits:write') !== 'none'
  const list = useList<LimitView>('/limits', { type, target }, { ms: lookAgainMs })
  const [effect, setEffect] = useState<Effect | null>(null)
  const [removed, setRemoved] = useState<LimitView | null>(null)
  const close = () => {
    setRemoved(null)
    set({ create: undefined, limit: undefined })
  }
  const ends = {
    onClose: close,
    onDone: (done: Effect) => {
      setEffect(done)
      close()
    },
  }
  const createButton = mayWrite && <AddButton onClick={() => set({ create: 'limit' })}>{t('create')}</AddButton>
  return (
    <Page title={t('title')} about={t('about')} actions={createButton}>
      <EffectNote effect={effect} />
      <TargetFilter types={limitTypes} type={type} target={target} onChange={set} />
      <DataTable<LimitView>
        label={t('list')}
        columns={columnsOf(list.refs)}
        list={list}
        idOf={({ id }) => id}
        nameOf={(one) => nameOfTarget(one.target, list.refs)}
        empty={<Empty mayWrite={mayWrite}>{createButton}</Empty>}
        isFiltered={type !== undefined}
        onClearFilters={() => set({ type: undefined, target: undefined })}
        {...(mayWrite
          ? {
              onOpen: ({ id }) => set({ limit: id }),
              actions: (one) => (
                <LimitMenu
                  name={nameOfTarget(one.target, list.refs)}
                  onEdit={() => set({ limit: one.id })}
                  onDelete={() => setRemoved(one)}
                />
              ),
            }
          : {})}
      />
      {create === 'limit' && mayWrite && <CreateLimit onClose={close} />}
      {limit !== undefined && mayWrite && <EditLimit id={limit} {...ends} />}
      {removed && <DeleteLimit limit={removed} name={nameOfTarget(removed.target, list.refs)} {...ends} />}
    </Page>
  )
}

const Empty = ({ mayWrite, children }: { readonly mayWrite: boolean; readonly children: React.ReactNode }) => (
  <EmptyState title={t('emptyTitle')} text={t(mayWrite ? 'emptyText' : 'emptyOwn')} action={children} />
)

const measures = ['requests', 'tokens', 'concurrent', 'streams'] as const

const columnsOf = (refs: Refs): Column<LimitView>[] => [
  { id: 'target', label: t('target'), cell: ({ target }) => <TargetName target={target} refs={refs} /> },
  ...measures.map(
    (measure): Column<LimitView> => ({
      id: measure,
      label: t(measure),
      cell: ({ now }) => <NowUsed measure={t(measure)} now={now[measure]} />,
    }),
  ),
  { id: 'detached', label: t('detached'), cell: ({ detached }) => t(detached) },
]

type MenuProps = { readonly name: string; readonly onEdit: () => void; readonly onDelete: () => void }

const LimitMenu = ({ name, onEdit, onDelete }: MenuProps) => (
  <RowMenu name={name}>
    <Menu.Item leftSection={<IconPencil size={16} />} onClick={onEdit}>
      {t('edit')}
    </Menu.Item>
    <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={onDelete}>
      {t('remove')}
    </Menu.Item>
  </RowMenu>
)
