import { ActionIcon, Button, Group, Tooltip } from '@mantine/core'
import { IconRefresh } from '@tabler/icons-react'
import { useState } from 'react'
import type { DeliveryState, DeliveryView, WebhookView } from '../../src/webhooks/schema.ts'
import { ask } from '../api.ts'
import { translator } from '../texts.ts'
import { Count, Data, Status, Time } from '../ui/Data.tsx'
import { type Column, DataTable } from '../ui/DataTable.tsx'
import { FilterSelect } from '../ui/FilterSelect.tsx'
import { Filters } from '../ui/Filters.tsx'
import { EmptyState } from '../ui/Page.tsx'
import { ProblemNote } from '../ui/ProblemNote.tsx'
import { Section } from '../ui/Section.tsx'
import { useList } from '../ui/useCalls.ts'
import { useChange } from '../ui/useChange.ts'
import { useUrl } from '../ui/useUrl.ts'
import { eventLabel } from './eventNames.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)
const states = ['waiting', 'delivered', 'given-up'] as const satisfies readonly DeliveryState[]
const kinds = { waiting: 'waiting', delivered: 'good', 'given-up': 'bad' } as const

const columns: readonly Column<DeliveryView>[] = [
  { id: 'event', label: t('event'), cell: ({ event }) => eventLabel(event) },
  { id: 'state', label: t('state'), cell: (delivery) => <State delivery={delivery} /> },
  { id: 'happened', label: t('happened'), cell: ({ createdAt }) => <Time at={createdAt} /> },
  { id: 'arrived', label: t('arrived'), cell: ({ deliveredAt }) => <Time at={deliveredAt} missing={t('notYet')} /> },
  { id: 'attempts', label: t('attempts'), isNumber: true, cell: ({ attempts }) => <Count n={attempts} /> },
  { id: 'error', label: t('lastError'), cell: ({ lastError }) => <Data>{lastError ?? '–'}</Data> },
]

type Props = { readonly webhook: WebhookView; readonly mayReplay: boolean }

export function Deliveries({ webhook, mayReplay }: Props) {
  const [url, setUrl] = useUrl()
  const state = states.find((known) => known === url['state'])
  const list = useList<DeliveryView>(`/webhooks/${webhook.id}/deliveries`, { state }, { ms: 5_000 })
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set())
  const { change, isRunning, refusal } = useChange({
    run: (deliveries: readonly string[] | null) =>
      ask<{ replayed: number }>(`POST /webhooks/${webhook.id}/replay`, {
        body: deliveries === null ? {} : { deliveries },
      }),
    refreshes: ['webhooks'],
    said: ({ replayed }) => t('replayed', { n: replayed }),
    done: () => setIds(new Set()),
  })
  return (
    <Section
      title={t('deliveries')}
      actions={
        mayReplay && (
          <>
            {ids.size > 0 && (
              <Button size="xs" loading={isRunning} onClick={() => void change([...ids])}>
                {t('replayChosen', { n: ids.size })}
              </Button>
            )}
            <Button size="xs" variant="default" loading={isRunning} onClick={() => void change(null)}>
              {t('replayAll')}
            </Button>
          </>
        )
      }
    >
      <Filters>
        <FilterSelect
          name="state"
          label={t('state')}
          any={t('anyState')}
          options={states.map((value) => ({ value, label: t(value) }))}
        />
      </Filters>
      <ProblemNote refusal={refusal} />
      <DataTable<DeliveryView>
        label={t('deliveries')}
        columns={columns}
        list={list}
        idOf={({ id }) => id}
        nameOf={({ event, seq }) => `${eventLabel(event)} ${seq}`}
        isFiltered={state !== undefined}
        onClearFilters={() => setUrl({ state: undefined })}
        empty={<EmptyState title={t('noDeliveries')} text={t('noDeliveriesText')} />}
        {...(mayReplay
          ? {
              selection: { ids, set: setIds },
              actions: ({ id, event }) => <ReplayOne event={event} onReplay={() => void change([id])} />,
            }
          : {})}
      />
    </Section>
  )
}

const State = ({ delivery: { state, nextAt } }: { readonly delivery: DeliveryView }) => (
  <Group gap={6}>
    <Status kind={kinds[state]}>{t(state)}</Status>
    {state === 'waiting' && nextAt !== null && (
      <span>
        {t('nextTry')} <Time at={nextAt} />
      </span>
    )}
  </Group>
)

const ReplayOne = ({ event, onReplay }: { readonly event: string; readonly onReplay: () => void }) => (
  <Tooltip label={t('replay')}>
    <ActionIcon aria-label={t('replayOne', { event: eventLabel(event) })} onClick={onReplay}>
      <IconRefresh size={16} />
    </ActionIcon>
  </Tooltip>
)
