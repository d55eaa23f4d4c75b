import { IconArrowDown, IconArrowUp, IconSelector } from '@tabler/icons-react'
import { type MouseEvent, memo, type ReactNode, useCallback, useRef } from 'react'
import { translator } from '../texts.ts'
import { EmptyState, Loading } from './Page.tsx'
import { Pages } from './Pages.tsx'
import { ErrorNote } from './ProblemNote.tsx'
import { Tick } from './Tick.tsx'
import { texts } from './texts.data.ts'
import type { List } from './useCalls.ts'

const t = translator(texts)

export type Column<Row> = {
  readonly id: string
  readonly label: string
  /** Stands under the label where what it shows must be defined. */
  readonly hint?: ReactNode
  /** The name by which the list is sorted, if it can be. */
  readonly sort?: string
  readonly isNumber?: boolean
  readonly cell: (row: Row) => ReactNode
}
type Selection = { readonly ids: ReadonlySet<string>; readonly set: (ids: ReadonlySet<string>) => void }
type Props<Row> = {
  /** What the rows are, for who cannot see the heading beside it. */
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly list: Pick<List<Row>, 'items' | 'isLoading' | 'error' | 'isStale'> & {
    readonly retry: () => unknown
  } & Partial<Pick<List<Row>, 'total' | 'page' | 'next' | 'lookAhead' | 'previous'>>
  readonly idOf: (row: Row) => string
  readonly nameOf: (row: Row) => string
  /** A click beside what is in the cells; the first cell holds a link or button for the keyboard. */
  readonly onOpen?: (row: Row) => void
  readonly actions?: (row: Row) => ReactNode
  readonly selection?: Selection
  /** `name` or `-name`. */
  readonly sort?: string
  readonly onSort?: (sort: string) => void
  /** Shown instead of the table while there is no row and no filter. */
  readonly empty: ReactNode
  readonly isFiltered?: boolean
  readonly onClearFilters?: () => void
  readonly pageSize?: number
  readonly onPageSize?: (size: number) => void
}

/**
 * A list: heading cells that sort, rows that open, pages; below 48em each row is a card. Plain elements, and a row is drawn
 * again only where something of it is new: a long list keeps its `columns`, `onOpen` and `actions` from one drawing to the
 * next (`useMemo`, `useCallback`).
 */
export function DataTable<Row>(props: Props<Row>) {
  const { list, empty, isFiltered, onClearFilters } = props
  if (list.isLoading) return <Loading />
  if (list.error) return <ErrorNote error={list.error} onRetry={() => void list.retry()} />
  if (list.items.length === 0 && (list.page ?? 0) === 0)
    return isFiltered ? (
      <EmptyState
        title={t('nothingFits')}
        action={
          onClearFilters && (
            <button type="button" className="link" onClick={onClearFilters}>
              {t('clearFilters')}
            </button>
          )
        }
      />
    ) : (
      empty
    )
  return (
    <div>
      <div className="table-scroll">
        <table aria-label={props.label} className="table cards" data-stale={list.isStale || undefined}>
          <Head {...props} />
          <Body {...props} />
        </table>
      </div>
      <Pages list={list} pageSize={props.pageSize} onPageSize={props.onPageSize} />
    </div>
  )
}

function Head<Row>({ columns, list, idOf, selection, actions, sort = '', onSort }: Props<Row>) {
  const shown = list.items.map(idOf)
  const chosen = selection ? shown.filter((id) => selection.ids.has(id)).length : 0
  const toggleAll = () => {
    const rest = [...(selection?.ids ?? [])].filter((id) => !shown.includes(id))
    selection?.set(new Set(chosen === shown.length ? rest : [...rest, ...shown]))
  }
  return (
    <thead>
      <tr>
        {selection && (
          <th className="narrow">
            <Tick
              label={t('selectAll')}
              isOn={chosen > 0 && chosen === shown.length}
              isPartly={chosen > 0 && chosen < shown.length}
              onChange={toggleAll}
            />
          </th>
        )}
        {columns.map((column) => (
          <HeadCell key={column.id} column={column} sort={sort} {...(onSort ? { onSort } : {})} />
        ))}
        {actions && <td className="narrow" />}
      </tr>
    </thead>
  )
}

type HeadCellProps<Row> = {
  readonly column: Column<Row>
  readonly sort: string
  readonly onSort?: (sort: string) => void
}
function HeadCell<Row>({ column, sort, onSort }: HeadCellProps<Row>) {
  const { label, hint, isNumber } = column
  const name = column.sort
  const direction =
    name === undefined ? null : sort === name ? 'ascending' : sort === `-${name}` ? 'descending' : 'none'
  const Arrow = direction === 'ascending' ? IconArrowUp : direction === 'descending' ? IconArrowDown : IconSelector
  return (
    <th data-number={isNumber || undefined} {...(direction ? { 'aria-sort': direction } : {})}>
      {direction && onSort ? (
        <button
          type="button"
          className="sort"
          aria-label={t('sortBy', { column: label })}
          onClick={() => onSort(direction === 'ascending' ? `-${name}` : `${name}`)}
        >
          {label} <Arrow size={14} aria-hidden />
        </button>
      ) : (
        label
      )}
      {hint && <p className="about">{hint}</p>}
    </th>
  )
}

function Body<Row>({ list, columns, idOf, nameOf, selection, actions, onOpen }: Props<Row>) {
  // As it is when somebody presses: else each tick would draw every row again.
  const latest = useRef(selection)
  latest.current = selection
  const toggle = useCallback((id: string) => {
    const ids = new Set(latest.current?.ids)
    if (!ids.delete(id)) ids.add(id)
    latest.current?.set(ids)
  }, [])
  return (
    <tbody>
      {list.items.map((row) => (
        <DrawnRow
          key={idOf(row)}
          row={row}
          id={idOf(row)}
          name={nameOf(row)}
          columns={columns}
          isChosen={selection ? selection.ids.has(idOf(row)) : null}
          toggle={toggle}
          onOpen={onOpen}
          actions={actions}
        />
      ))}
    </tbody>
  )
}

type RowProps<Row> = Pick<Props<Row>, 'columns'> & {
  readonly row: Row
  readonly id: string
  readonly name: string
  /** Null: rows are not chosen here. */
  readonly isChosen: boolean | null
  readonly toggle: (id: string) => void
  readonly onOpen: Props<Row>['onOpen'] | undefined
  readonly actions: Props<Row>['actions'] | undefined
}
function Row<Row>({ row, id, name, columns, isChosen, toggle, onOpen, actions }: RowProps<Row>) {
  // The first cell has a link for the keyboard; a click beside it is for the mouse.
  const open = (event: MouseEvent) => {
    if (isBesideControls(event)) onOpen?.(row)
  }
  return (
    <tr
      onClick={onOpen ? open : undefined}
      className={onOpen ? 'opens' : undefined}
      data-id={id}
      data-chosen={isChosen || undefined}
    >
      {isChosen !== null && (
        <td className="narrow">
          <Tick label={t('selectRow', { name })} isOn={isChosen} onChange={() => toggle(id)} />
        </td>
      )}
      {columns.map(({ id: column, label, cell, isNumber }) => (
        <td key={column} data-label={label} data-number={isNumber || undefined}>
          {cell(row)}
        </td>
      ))}
      {actions && <td className="narrow actions">{actions(row)}</td>}
    </tr>
  )
}
const DrawnRow = memo(Row) as typeof Row

function isBesideControls({ target, currentTarget }: MouseEvent): boolean {
  if (!(target instanceof Element) || target.closest('a, button, input, label, [role="menu"], [role="dialog"]'))
    return false
  // What bubbles up from a dialog of this row is inside it for React, and nowhere near it on the page.
  if (!currentTarget.contains(target)) return false
  return !window.getSelection()?.toString()
}
