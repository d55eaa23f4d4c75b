import { Anchor, Group } from '@mantine/core'
import { Link, useNavigate } from '@tanstack/react-router'
import type { WebhookView } from '../../src/webhooks/schema.ts'
import { useMay } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { AddButton } from '../ui/AddButton.tsx'
import { Data, Status, Time } from '../ui/Data.tsx'
import { type Column, DataTable } from '../ui/DataTable.tsx'
import { EmptyState, Page } from '../ui/Page.tsx'
import { useList } from '../ui/useCalls.ts'
import { useUrl } from '../ui/useUrl.ts'
import { AddWebhook } from './AddWebhook.tsx'
import { eventLabel } from './eventNames.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

const columns: readonly Column<WebhookView>[] = [
  {
    id: 'name',
    label: t('name'),
    cell: ({ id, name }) => (
      <Anchor component={Link} to={`/settings/webhooks/${id}`} fz="sm" fw={550}>
        <Data>{name}</Data>
      </Anchor>
    ),
  },
  { id: 'url', label: t('url'), cell: ({ url }) => <Data>{url}</Data> },
  { id: 'events', label: t('events'), cell: ({ events }) => <Events names={events} /> },
  { id: 'format', label: t('format'), cell: ({ format }) => t(`format.${format}`) },
  { id: 'state', label: t('state'), cell: (webhook) => <WebhookState webhook={webhook} /> },
  { id: 'created', label: t('created'), cell: ({ createdAt }) => <Time at={createdAt} /> },
]

export function WebhooksPage() {
  const [url, setUrl] = useUrl()
  const may = useMay()
  const go = useNavigate()
  const list = useList<WebhookView>('/webhooks', {}, { ms: 30_000 })
  const open = ({ id }: WebhookView) => void go({ to: `/settings/webhooks/${id}` })
  const add = may('webhooks:write') === 'all' && (
    <AddButton onClick={() => setUrl({ create: '1' }, 'push')}>{t('create')}</AddButton>
  )
  return (
    <Page title={t('title')} about={t('about')} actions={add}>
      <DataTable
        label={t('title')}
        columns={columns}
        list={list}
        idOf={({ id }) => id}
        nameOf={({ name }) => name}
        onOpen={open}
        empty={<EmptyState title={t('none')} text={t('noneText')} action={add} />}
      />
      {url['create'] && add && <AddWebhook onClose={() => setUrl({ create: undefined })} onDone={open} />}
    </Page>
  )
}

const Events = ({ names }: { readonly names: readonly string[] }) => {
  const [first = '', ...more] = names
  return more.length === 0 ? eventLabel(first) : t('eventCount', { n: names.length })
}

export const WebhookState = ({ webhook: { failingSince } }: { readonly webhook: WebhookView }) =>
  failingSince === null ? (
    <Status kind="good">{t('working')}</Status>
  ) : (
    <Group gap={6} wrap="nowrap">
      <Status kind="bad">{t('failing')}</Status>
      <Time at={failingSince} />
    </Group>
  )
