import { ActionIcon, Group, Text } from '@mantine/core'
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react'
import { useEffect, useRef } from 'react'
import { translator } from '../texts.ts'
import { texts } from './texts.data.ts'
import type { List } from './useCalls.ts'
import { pageSizes } from './usePageSize.ts'

const t = translator(texts)
/** Beyond, the server says "many". */
const counted = 10_000

type Props = {
  readonly list: { readonly items: readonly unknown[] } & Partial<
    Pick<List<unknown>, 'total' | 'page' | 'next' | 'lookAhead' | 'previous'>
  >
  readonly pageSize?: number | undefined
  /** Given where one may choose. */
  readonly onPageSize?: ((size: number) => void) | undefined
}

/** Which rows these are, and the way to those before and after them. */
export function Pages({ list, pageSize = 50, onPageSize }: Props) {
  const { page = 0, next = null, lookAhead = null, previous = null, total = null, items } = list
  const button = useRef<HTMLButtonElement>(null)
  const ahead = useRef(lookAhead)
  ahead.current = lookAhead
  const isKnown = lookAhead !== null
  // Who has turned one page and is still on the button turns the next one as well.
  useEffect(() => {
    if (page > 0 && isKnown && button.current?.matches(':hover, :focus')) ahead.current?.()
  }, [page, isKnown])
  if (!next && !previous && total === null) return null
  const from = page * pageSize + 1
  const words = { from, to: from + items.length - 1 }
  const rows =
    total === null
      ? t('rowsOpen', words)
      : total >= counted
        ? t('rowsMany', { ...words, total: counted })
        : t('rows', { ...words, total })
  return (
    <Group justify="flex-end" gap="xs" pt="xs">
      {onPageSize && (next || previous || items.length > pageSizes[0]) && (
        <label className="page-size">
          {t('rowsPerPage')}
          <select value={pageSize} onChange={({ target }) => onPageSize(Number(target.value))}>
            {pageSizes.map((size) => (
              <option key={size}>{size}</option>
            ))}
          </select>
        </label>
      )}
      <Text size="sm" c="dimmed" aria-live="polite">
        {rows}
      </Text>
      <ActionIcon variant="default" aria-label={t('previousPage')} disabled={!previous} onClick={() => previous?.()}>
        <IconChevronLeft size={16} />
      </ActionIcon>
      <ActionIcon
        ref={button}
        variant="default"
        aria-label={t('nextPage')}
        disabled={!next}
        onClick={() => next?.()}
        onPointerEnter={() => lookAhead?.()}
        onFocus={() => lookAhead?.()}
      >
        <IconChevronRight size={16} />
      </ActionIcon>
    </Group>
  )
}
