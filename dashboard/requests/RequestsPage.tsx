import { Alert, Button, Group, Switch, Text, VisuallyHidden } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import type { RequestView } from '../../src/requests/schema.ts'
import type { Refs } from '../api.ts'
import { translator } from '../texts.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { EmptyState, Page } from '../ui/Page.tsx'
import { useUrl } from '../ui/useUrl.ts'
import { queryIn } from './asked.ts'
import { callId } from './call.ts'
import { columnsOf } from './callColumns.tsx'
import { ExportMenu } from './ExportMenu.tsx'
import { RequestDetail } from './RequestDetail.tsx'
import { RequestFilters } from './RequestFilters.tsx'
import { texts } from './texts.data.ts'
import { useCallLog } from './useCallLog.ts'
import { tailAtMost, useLiveTail } from './useLiveTail.ts'

const t = translator(texts)

/** The log of calls: page behind page, or as they come. */
export function RequestsPage() {
  const [url, set] = useUrl()
  const [openedAt] = useState(Date.now)
  const query = queryIn(url, openedAt)
  const isLive = url['live'] === 'yes'
  const log = useCallLog(query, !isLive)
  const tail = useLiveTail(query, isLive)
  const shown = isLive ? tail : log
  return (
    <Page title={t('title')} about={t('about')} actions={<ExportMenu query={query} />}>
      <RequestFilters />
      <LiveSwitch isOn={isLive} onChange={(on) => set({ live: on ? 'yes' : undefined })} />
      {isLive && <Announced look={tail.look} fresh={tail.fresh} />}
      <Calls
        shown={shown}
        isFiltered={isLive || Object.keys(query).length > 0}
        onOpen={(call) => set({ request: call.id, at: call.at }, 'push')}
      />
      {!isLive && <Further log={log} />}
      <Opened
        calls={shown.calls}
        refs={shown.refs}
        isLoading={shown.isLoading}
        onClose={() => set({ request: undefined, at: undefined })}
      />
    </Page>
  )
}

type Shown = {
  readonly calls: readonly RequestView[]
  readonly refs: Refs
  readonly error: Error | null
  readonly isLoading: boolean
  readonly retry: () => unknown
}
type CallsProps = {
  readonly shown: Shown
  readonly isFiltered: boolean
  readonly onOpen: (call: RequestView) => void
}

const Calls = ({ shown: { calls, refs, ...rest }, isFiltered, onOpen }: CallsProps) => (
  <DataTable<RequestView>
    label={t('list')}
    columns={columnsOf(refs, onOpen)}
    list={{ items: calls, isStale: false, ...rest }}
    idOf={callId}
    nameOf={({ id }) => id}
    onOpen={onOpen}
    isFiltered={isFiltered}
    empty={<Empty />}
  />
)

const Empty = () => (
  <EmptyState
    title={t('emptyTitle')}
    text={t('emptyText')}
    action={
      <Button component={Link} to="/configuration/api-keys" variant="default">
        {t('toKeys')}
      </Button>
    }
  />
)

type SwitchProps = { readonly isOn: boolean; readonly onChange: (isOn: boolean) => void }

const LiveSwitch = ({ isOn, onChange }: SwitchProps) => (
  <Switch
    label={t('live')}
    description={t('liveHint', { n: tailAtMost })}
    checked={isOn}
    onChange={(event) => onChange(event.currentTarget.checked)}
  />
)

/** Said politely, and not again while nothing has come. */
function Announced({ look, fresh }: { readonly look: number; readonly fresh: number }) {
  const [said, setSaid] = useState<string>(t('liveOn'))
  useEffect(() => {
    if (look > 0 && fresh > 0) setSaid(t('newRows', { n: fresh }))
  }, [look, fresh])
  return (
    <VisuallyHidden role="status" aria-live="polite">
      {said}
    </VisuallyHidden>
  )
}

type FurtherProps = { readonly log: ReturnType<typeof useCallLog> }

/** A page may hold few that fit, or none, and the next one may hold more. */
function Further({ log: { calls, isShort, more, isLoadingMore, isLoading } }: FurtherProps) {
  if (isLoading || (calls.length === 0 && more === null)) return null
  return (
    <Group justify="space-between" gap="sm">
      <Text size="sm" c="dimmed" aria-live="polite">
        {t('shown', { n: calls.length })} {more === null ? t('end') : isShort && t('goesOn')}
      </Text>
      {more && (
        <Button variant="default" onClick={more} loading={isLoadingMore}>
          {t(isShort ? 'lookFurther' : 'more')}
        </Button>
      )}
    </Group>
  )
}

type OpenedProps = {
  readonly calls: readonly RequestView[]
  readonly refs: Refs
  readonly isLoading: boolean
  readonly onClose: () => void
}

/** The call that the address names, among those that are shown. */
function Opened({ calls, refs, isLoading, onClose }: OpenedProps) {
  const [{ request, at }] = useUrl()
  if (request === undefined || isLoading) return null
  const call = calls.find((one) => one.id === request && (at === undefined || one.at === at))
  if (call) return <RequestDetail call={call} refs={refs} onClose={onClose} />
  return (
    <Dialog title={t('detailTitle')} onClose={onClose}>
      <Alert color="yellow">{t('gone')}</Alert>
    </Dialog>
  )
}
