import { Button, Group, Stack, Text } from '@mantine/core'
import type { AuditEventView } from '../../src/audit/schema.ts'
import type { PageOf } from '../api.ts'
import { translator } from '../texts.ts'
import { CopyableId } from '../ui/CopyableId.tsx'
import { Data, Id, Time } from '../ui/Data.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Facts } from '../ui/Facts.tsx'
import { Loading } from '../ui/Page.tsx'
import { ErrorNote } from '../ui/ProblemNote.tsx'
import { useOne } from '../ui/useCalls.ts'
import { type UrlState, useUrl } from '../ui/useUrl.ts'
import { actionLabel } from './actionLabel.ts'
import { Difference } from './Difference.tsx'
import { texts } from './texts.data.ts'
import './audit.css'

const t = translator(texts)

type Props = { readonly known: AuditEventView | undefined; readonly onClose: () => void }

/** One event: who, what, from where, and how it was before and after. It is on the list, or found by its time. */
export function AuditEvent({ known, onClose }: Props) {
  const [url] = useUrl()
  const at = Date.parse(url['at'] ?? '')
  const isFindable = known === undefined && !Number.isNaN(at)
  const { data, error, isLoading } = useOne<PageOf<AuditEventView>>(isFindable ? '/audit-events' : null, {
    subject: url['of'],
    ...(isFindable ? { from: new Date(at).toISOString(), to: new Date(at + 1).toISOString() } : {}),
    limit: 200,
  })
  const event = known ?? data?.items.find(({ id }) => id === url['event'])
  return (
    <Dialog
      size="xl"
      title={event ? t('eventTitle', { seq: event.seq, action: actionLabel(event.action) }) : t('events')}
      onClose={onClose}
    >
      {isLoading && <Loading lines={3} />}
      <ErrorNote error={error} />
      {event && <About event={event} />}
      {!event && !isLoading && !error && <Text>{t('eventGone')}</Text>}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>
          {t('done')}
        </Button>
      </Group>
    </Dialog>
  )
}

function About({ event }: { readonly event: AuditEventView }) {
  const { actor, subject, address, requestId, before, after, at, id, hash } = event
  const [, setUrl] = useUrl()
  const show = (filter: UrlState) => setUrl({ event: undefined, at: undefined, of: undefined, ...filter })
  return (
    <Stack gap="md">
      <Facts
        of={[
          [
            t('at'),
            <>
              <Time at={at} /> <Data>{at}</Data>
            </>,
          ],
          [t('actor'), <Party key="actor" {...actor} all={t('onlyActor')} onAll={() => show({ actor: actor.id })} />],
          [
            t('subject'),
            <Party key="subject" {...subject} all={t('onlySubject')} onAll={() => show({ subject: subject.id })} />,
          ],
          address === undefined ? null : [t('address'), <Data key="address">{address}</Data>],
          [t('requestId'), <CopyableId key="request" id={requestId} label={t('copyRequest')} />],
          [t('id'), <CopyableId key="id" id={id} label={t('copyId')} />],
          [t('hash'), <Id key="hash">{hash}</Id>],
        ]}
      />
      <Difference before={before} after={after} />
    </Stack>
  )
}

type PartyProps = AuditEventView['actor'] & { readonly all: string; readonly onAll: () => void }
const Party = ({ name, id, kind, all, onAll }: PartyProps) => (
  <>
    <Data>{name || kind}</Data> <Id>{id}</Id>{' '}
    <Button size="compact-xs" variant="subtle" onClick={onAll}>
      {all}
    </Button>
  </>
)
