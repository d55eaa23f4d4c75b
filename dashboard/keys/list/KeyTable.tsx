import { Button } from '@mantine/core'
import { useCallback, useEffect, useState } from 'react'
import type { KeyView } from '../../../src/keys/schema.ts'
import { useMay } from '../../session/session.tsx'
import { translator } from '../../texts.ts'
import { DataTable } from '../../ui/DataTable.tsx'
import { later } from '../../ui/later.tsx'
import { EmptyState } from '../../ui/Page.tsx'
import { useList } from '../../ui/useCalls.ts'
import { usePageSize } from '../../ui/usePageSize.ts'
import { useUrl } from '../../ui/useUrl.ts'
import { BulkBar } from './BulkBar.tsx'
import { standardColumns } from './columns.data.ts'
import { filterOf, noFilter, sortOf } from './filters.ts'
import { RowActions } from './RowActions.tsx'
import { texts } from './texts.data.ts'
import { useChosen } from './useChosen.ts'
import { useKeyColumns } from './useKeyColumns.tsx'

const DeleteKey = later(() => import('./DeleteKey.tsx').then((m) => m.DeleteKey))
const t = translator(texts)
/** Gateways report every ten seconds: with this a call shows within half a minute (B27). */
const refreshMs = 20_000

export function KeyTable() {
  const [url, set] = useUrl()
  const may = useMay()
  const mayWrite = may('keys:write') !== 'none'
  const filter = filterOf(url)
  const sort = sortOf(url)
  const [pageSize, setPageSize] = usePageSize()
  const list = useList<KeyView>('/keys', { ...filter, sort, limit: pageSize }, { ms: refreshMs })
  const selection = useChosen(list.items)
  const [leaving, setLeaving] = useState<KeyView | null>(null)
  const columns = useKeyColumns()
  const isSkipping = useSkipEmpty(list)
  const open = useCallback(({ id }: KeyView) => set({ key: id }, 'push'), [set])
  const actions = useCallback(
    (key: KeyView) => (
      <RowActions
        of={key}
        onRenew={() => set({ rotate: key.id }, 'push')}
        onEdit={() => set({ edit: key.id }, 'push')}
        onDelete={() => setLeaving(key)}
      />
    ),
    [set],
  )
  return (
    <>
      {mayWrite && selection.chosen.size > 0 && (
        <BulkBar
          filter={filter}
          total={list.total}
          chosen={selection.chosen}
          add={selection.add}
          clear={selection.clear}
        />
      )}
      <div className={columns.length > standardColumns.length ? 'keys wide' : 'keys'}>
        <DataTable
          label={t('label')}
          columns={columns}
          list={isSkipping ? { ...list, isLoading: true } : list}
          idOf={({ id }) => id}
          nameOf={({ name }) => name}
          onOpen={open}
          {...(mayWrite
            ? { actions, selection: { ids: new Set(selection.chosen.keys()), set: selection.choose } }
            : {})}
          sort={sort}
          onSort={(next) => set({ sort: next })}
          empty={<NoKeys mayWrite={mayWrite} />}
          isFiltered={Object.keys(filter).length > 0}
          onClearFilters={() => set(noFilter)}
          pageSize={pageSize}
          onPageSize={setPageSize}
        />
      </div>
      {leaving && (
        <DeleteKey of={leaving} onClose={() => setLeaving(null)} onDeleted={() => selection.drop(leaving.id)} />
      )}
    </>
  )
}

/** Where few of very many fit, a page may be empty while the list goes on: nobody has to press for that. */
function useSkipEmpty({ items, isLoading, isStale, next }: ReturnType<typeof useList<KeyView>>): boolean {
  const isSkipping = !isLoading && !isStale && items.length === 0 && next !== null
  useEffect(() => {
    if (isSkipping) next?.()
  }, [isSkipping, next])
  return isSkipping
}

function NoKeys({ mayWrite }: { readonly mayWrite: boolean }) {
  const [, set] = useUrl()
  return (
    <EmptyState
      title={t('emptyTitle')}
      text={t(mayWrite ? 'emptyText' : 'emptyTextReader')}
      action={mayWrite && <Button onClick={() => set({ create: '1' }, 'push')}>{t('create')}</Button>}
    />
  )
}
