import '../keys/reveal/reveal.css'
import { Button, Group, Stack, Text } from '@mantine/core'
import { IconCircleCheck, IconHourglass } from '@tabler/icons-react'
import type { GatewayView } from '../../src/fleet/schema.ts'
import { SecretBlock } from '../keys/reveal/SecretBlock.tsx'
import { translator } from '../texts.ts'
import { AskToLeave } from '../ui/AskToLeave.tsx'
import { Snippet } from '../ui/Data.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { useOne } from '../ui/useCalls.ts'
import { useLeaving } from '../ui/useLeaving.ts'
import type { Enrolled } from './EnrolGateway.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)
const leaveWords = { title: t('leaveTitle'), text: t('leaveText'), back: t('stay'), leave: t('leave') }

type Props = Enrolled & { readonly onClose: () => void }

/** The token, once. Whoever has not copied it is asked before it is gone. */
export function EnrolmentToken({ gateway, enrolmentToken, onClose }: Props) {
  const leaving = useLeaving({ isNothing: false, onDone: onClose })
  return (
    <Dialog title={t('tokenTitle', { name: gateway.name })} onClose={leaving.done} size="lg" isHeld>
      <Stack gap="md">
        <div role="alert">
          <Text fw={600}>{t('tokenOnce')}</Text>
          <Text size="sm">{t('tokenOnceText')}</Text>
        </div>
        <SecretBlock text={enrolmentToken} label={t('token')} onCopied={leaving.copied} isFirst />
        <AskToLeave leaving={leaving} words={leaveWords} />
        <div>
          <Text size="sm" fw={600}>
            {t('startIt')}
          </Text>
          <Text size="sm" c="dimmed">
            {t('startText')}
          </Text>
        </div>
        <Snippet text={commandOf(location)} label={t('startIt')} />
        <Arrival id={gateway.id} />
        <Group justify="flex-end">
          <Button variant="default" onClick={leaving.done}>
            {t('done')}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  )
}

/** The token itself stays out of it: what is pasted into a shell stays in the shell's history. */
const commandOf = ({ protocol, hostname, origin }: Location): string => {
  const isHere = hostname === '127.0.0.1' || hostname === 'localhost'
  const control = isHere || protocol === 'http:' ? origin : `https://${hostname}:8422`
  return [
    `export OSTIARY_CONTROL_URL=${control}`,
    'read -rs OSTIARY_ENROLMENT_TOKEN && export OSTIARY_ENROLMENT_TOKEN',
    'ostiary gateway',
  ].join('\n')
}

function Arrival({ id }: { readonly id: string }) {
  const { data } = useOne<{ readonly gateway: GatewayView }>(`/gateways/${id}`, {}, { ms: 2000 })
  const isOnline = data?.gateway.online === true
  return (
    <Group gap="xs" role="status">
      {isOnline ? <IconCircleCheck size={18} aria-hidden /> : <IconHourglass size={18} aria-hidden />}
      <Text size="sm">{t(isOnline ? 'arrived' : 'waiting')}</Text>
    </Group>
  )
}
