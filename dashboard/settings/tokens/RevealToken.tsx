import '../../keys/reveal/reveal.css'
import { Button, Group, Stack, Text } from '@mantine/core'
import { IconCircleCheck } from '@tabler/icons-react'
import { SecretBlock } from '../../keys/reveal/SecretBlock.tsx'
import { translator } from '../../texts.ts'
import { AskToLeave } from '../../ui/AskToLeave.tsx'
import { Snippet } from '../../ui/Data.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { useLeaving } from '../../ui/useLeaving.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly name: string; readonly secret: string; readonly onDone: () => void }

/** Shown once, with the care of a key's secret: it is in this tree and nowhere else, and gone with `onDone`. */
export function RevealToken({ name, secret, onDone }: Props) {
  const leaving = useLeaving({ isNothing: false, onDone })
  return (
    <Dialog title={t('revealTitle')} onClose={leaving.done} size="lg" isHeld>
      <Stack gap="md">
        <Stack gap="sm" className="reveal">
          <div role="alert">
            <Text className="reveal-title" component="p" m={0}>
              <IconCircleCheck size={22} aria-hidden /> {t('madeTitle')}
            </Text>
            <Text size="sm">{t('once')}</Text>
          </div>
          <SecretBlock text={secret} label={t('secretOf', { name })} onCopied={leaving.copied} isFirst />
          <Text size="sm">{t('lost')}</Text>
        </Stack>
        <AskToLeave leaving={leaving} />
        <div>
          <Text size="sm" fw={600} mb={4}>
            {t('use')}
          </Text>
          <Snippet label={t('useOf', { name })} text={commands} />
        </div>
        <Group justify="flex-end">
          <Button variant="default" onClick={leaving.done}>
            {t('done')}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  )
}

/** The secret is typed in, not written down: it comes into no history of a shell. */
const commands = `export OSTIARY_URL=${location.origin}
read -rs OSTIARY_TOKEN && export OSTIARY_TOKEN
ostiary keys list`
