import { Alert, Button, Group, List, Stack, Text } from '@mantine/core'
import { IconAlertTriangle, IconPencil, IconTrash } from '@tabler/icons-react'
import { useNavigate, useParams } from '@tanstack/react-router'
import type { WebhookView } from '../../src/webhooks/schema.ts'
import { useMay } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { AbsentPage, isGone } from '../ui/AbsentPage.tsx'
import { CopyableId } from '../ui/CopyableId.tsx'
import { Data, Id, Time } from '../ui/Data.tsx'
import { Facts } from '../ui/Facts.tsx'
import { Page } from '../ui/Page.tsx'
import { Section } from '../ui/Section.tsx'
import { useOne, useRefresh } from '../ui/useCalls.ts'
import { useUrl } from '../ui/useUrl.ts'
import { DeleteWebhook } from './DeleteWebhook.tsx'
import { Deliveries } from './Deliveries.tsx'
import { EditWebhook } from './EditWebhook.tsx'
import { eventLabel } from './eventNames.ts'
import { useTestWebhook } from './TestWebhook.tsx'
import { texts } from './texts.data.ts'
import { WebhookState } from './WebhooksPage.tsx'

const t = translator(texts)

export function WebhookPage() {
  const { webhook: id = '' } = useParams({ strict: false })
  const { data, error, retry } = useOne<{ webhook: WebhookView }>(`/webhooks/${id}`, {}, { ms: 15_000 })
  // Asked about again and again: it may be deleted while it is shown.
  if (!data || isGone(error)) return <AbsentPage title={t('title')} error={error} retry={retry} gone={gone} />
  return <Shown webhook={data.webhook} />
}

const gone = { title: t('gone'), text: t('goneText'), list: '/settings/webhooks', toList: t('toList') }

function Shown({ webhook }: { readonly webhook: WebhookView }) {
  const [url, setUrl] = useUrl()
  const mayWrite = useMay()('webhooks:write') === 'all'
  const go = useNavigate()
  const refresh = useRefresh()
  const test = useTestWebhook(webhook.id)
  const close = () => setUrl({ edit: undefined, delete: undefined })
  const leave = async () => {
    await go({ to: '/settings/webhooks' })
    await refresh(['webhooks'])
  }
  return (
    <Page
      title={<Data>{webhook.name}</Data>}
      name={webhook.name}
      about={<WebhookState webhook={webhook} />}
      actions={
        mayWrite && (
          <>
            {test.button}
            <Button leftSection={<IconPencil size={16} />} onClick={() => setUrl({ edit: '1' }, 'push')}>
              {t('edit')}
            </Button>
          </>
        )
      }
    >
      {test.note}
      {webhook.failingSince && (
        <Alert color="red" icon={<IconAlertTriangle size={20} />} title={t('failing')}>
          {t('failingSince')} <Time at={webhook.failingSince} />
        </Alert>
      )}
      <About webhook={webhook} />
      <Deliveries webhook={webhook} mayReplay={mayWrite} />
      {mayWrite && (
        <Group justify="space-between">
          <Text size="sm" c="dimmed">
            {t('deleteAbout')}
          </Text>
          <Button
            color="red"
            variant="outline"
            leftSection={<IconTrash size={16} />}
            onClick={() => setUrl({ delete: '1' }, 'push')}
          >
            {t('delete')}
          </Button>
        </Group>
      )}
      {url['edit'] && mayWrite && <EditWebhook webhook={webhook} onClose={close} />}
      {url['delete'] && mayWrite && <DeleteWebhook webhook={webhook} onClose={close} onDeleted={() => void leave()} />}
    </Page>
  )
}

const About = ({ webhook: { id, url, format, events, createdAt } }: { readonly webhook: WebhookView }) => (
  <Section title={t('facts')}>
    <Stack gap="sm">
      <Facts
        of={[
          [t('url'), <Data key="url">{url}</Data>],
          [t('format'), t(`format.${format}`)],
          [
            t('events'),
            <List key="events" size="sm" listStyleType="none">
              {events.map((name) => (
                <List.Item key={name}>
                  {eventLabel(name)} <Id>{name}</Id>
                </List.Item>
              ))}
            </List>,
          ],
          [t('id'), <CopyableId key="id" id={id} label={t('copyId')} />],
          [t('created'), <Time key="created" at={createdAt} />],
        ]}
      />
    </Stack>
  </Section>
)
