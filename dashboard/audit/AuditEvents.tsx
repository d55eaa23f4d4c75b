import { Stack, Text, UnstyledButton } from '@mantine/core'
import type { AuditEventView } from '../../src/audit/schema.ts'
import { translator } from '../texts.ts'
import { Count, Data, Time } from '../ui/Data.tsx'
import { type Column, DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/Page.tsx'
import { useList } from '../ui/useCalls.ts'
import { useUrl } from '../ui/useUrl.ts'
import { AuditEvent } from './AuditEvent.tsx'
import { AuditFilters } from './AuditFilters.tsx'
import { actionLabel } from './actionLabel.ts'
import { type Filter, filterNames } from './filter.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

export function AuditEvents({ filter }: { readonly filter: Filter }) {
  const [url, setUrl] = useUrl()
  const list = useList<AuditEventView>('/audit-events', filter)
  const isFiltered = Object.keys(filter).length > 0
  // With it stands what finds it again when the list has moved on.
  const open = ({ id, at, subject }: AuditEventView) => setUrl({ event: id, at, of: subject.id }, 'push')
  const close = () => setUrl({ event: undefined, at: undefined, of: undefined })
  const columns: readonly Column<AuditEventView>[] = [
    { id: 'when', label: t('when'), cell: ({ at }) => <Time at={at} /> },
    { id: 'actor', label: t('actor'), cell: ({ actor }) => <Data>{actor.name || actor.kind}</Data> },
    { id: 'action', label: t('action'), cell: (event) => <OpenEvent event={event} onOpen={open} /> },
    { id: 'subject', label: t('subject'), cell: ({ subject }) => <Data>{subject.name || subject.id}</Data> },
    { id: 'address', label: t('address'), cell: ({ address }) => <Data>{address ?? '–'}</Data> },
    { id: 'seq', label: t('seq'), isNumber: true, cell: ({ seq }) => <Count n={seq} /> },
  ]
  return (
    <Stack gap="md">
      <AuditFilters filter={filter} />
      {/* Old events are looked for in pieces: a page may be empty although there are more. */}
      {list.items.length === 0 && list.next && <Text size="sm">{t('nothingHere')}</Text>}
      <DataTable
        label={t('events')}
        columns={columns}
        list={list.items.length === 0 && list.next ? { ...list, page: list.page + 1 } : list}
        idOf={({ id }) => id}
        nameOf={({ seq }) => String(seq)}
        onOpen={open}
        isFiltered={isFiltered}
        onClearFilters={() => setUrl(Object.fromEntries(filterNames.map((name) => [name, undefined])))}
        empty={<EmptyState title={t('none')} text={t('noneText')} />}
      />
      {url['event'] && <AuditEvent known={list.items.find(({ id }) => id === url['event'])} onClose={close} />}
    </Stack>
  )
}

type Opens = { readonly event: AuditEventView; readonly onOpen: (event: AuditEventView) => void }
const OpenEvent = ({ event, onOpen }: Opens) => (
  <UnstyledButton className="link" fz="sm" ta="start" onClick={() => onOpen(event)}>
    <Action action={event.action} />
  </UnstyledButton>
)

/** A name that is in no catalogue yet is a newer control's, and nobody's words. */
const Action = ({ action }: { readonly action: string }) => {
  const label = actionLabel(action)
  return label === action ? <Data>{action}</Data> : label
}
