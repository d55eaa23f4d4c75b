import '../keys/reveal/reveal.css'
import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react'
import { SecretBlock } from '../keys/reveal/SecretBlock.tsx'
import { translator } from '../texts.ts'
import { AskToLeave } from '../ui/AskToLeave.tsx'
import { Snippet } from '../ui/Data.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { useLeaving } from '../ui/useLeaving.ts'
import type { AddedWebhook } from './AddWebhook.tsx'
import { receiver } from './receiver.data.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)
const leaveWords = { title: t('leaveTitle'), text: t('leaveText'), back: t('back'), leave: t('leave') }

type Props = { readonly added: AddedWebhook; readonly onDone: () => void }

/** Shown once, with the same care as the secret of a key: with `onDone` it is gone from the page. */
export function SigningSecret({ added: { webhook, secret }, onDone }: Props) {
  const leaving = useLeaving({ isNothing: secret === undefined, onDone })
  return (
    <Dialog title={t('secretTitle')} onClose={leaving.done} size="lg" isHeld>
      <Stack gap="md">
        {secret === undefined ? (
          <Alert color="yellow" icon={<IconAlertTriangle size={20} />}>
            {t('secretLost')}
          </Alert>
        ) : (
          <Stack gap="sm" className="reveal">
            <div role="alert">
              <Text className="reveal-title" component="p" m={0}>
                <IconCircleCheck size={22} aria-hidden /> {t('secretNow')}
              </Text>
              <Text size="sm">{t('secretOnce')}</Text>
            </div>
            <SecretBlock
              text={secret}
              label={t('secretLabel', { name: webhook.name })}
              onCopied={leaving.copied}
              isFirst
            />
            <Text size="sm">{t('secretLost')}</Text>
          </Stack>
        )}
        <AskToLeave leaving={leaving} words={leaveWords} />
        {webhook.format === 'standard' && (
          <div>
            <Text size="sm" fw={600} mb={4}>
              {t('check')}
            </Text>
            <Snippet text={receiver} label={t('check')} />
            <Text size="sm" c="dimmed" mt={4}>
              {t('checkAfter')}
            </Text>
          </div>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={leaving.done}>
            {t('done')}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  )
}
