import { Alert, Group, Loader, Text } from '@mantine/core'
import { IconCircleCheck, IconCircleX } from '@tabler/icons-react'
import type { RequestView } from '../../../src/requests/schema.ts'
import { translator } from '../../texts.ts'
import { Data, Id, Time } from '../../ui/Data.tsx'
import { useList } from '../../ui/useCalls.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = {
  readonly keyId: string
  /** Only calls with this secret, or this token: others may be at work with the ones before. */
  readonly isIt: (request: RequestView) => boolean
}

/** Looks every two seconds whether somebody has called with what was just shown, and ticks when it happens. */
export function FirstCall({ keyId, isIt }: Props) {
  const { items } = useList<RequestView>('/requests', { key: keyId, limit: 20 }, { ms: 2000 })
  const ours = items.filter(isIt)
  const call = ours.find(({ admitted }) => admitted) ?? ours[0]
  return (
    <div role="status" data-first-call={call ? (call.admitted ? 'admitted' : 'refused') : 'none'}>
      {call ? <Seen call={call} /> : <Waiting />}
    </div>
  )
}

const Waiting = () => (
  <Group gap="xs">
    <Loader size="xs" type="dots" aria-hidden />
    <Text size="sm" c="dimmed">
      {t('waiting')}
    </Text>
  </Group>
)

function Seen({ call: { admitted, code, client, address, at } }: { readonly call: RequestView }) {
  return (
    <Alert
      p="xs"
      color={admitted ? 'green' : 'yellow'}
      icon={admitted ? <IconCircleCheck size={20} /> : <IconCircleX size={20} />}
    >
      <Text size="sm" component="div">
        {admitted ? t('firstCall') : t('firstRefused')} {!admitted && <Id>{code ?? ''}</Id>} <Time at={at} />
        {client !== '' && (
          <>
            {', '}
            <Data>{client}</Data>
          </>
        )}{' '}
        {t('callFrom')} <Data>{address}</Data>
      </Text>
    </Alert>
  )
}
