import { Button, Group, Stack, Text } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { translator } from '../../texts.ts'
import { AskToLeave } from '../../ui/AskToLeave.tsx'
import { Data, Time } from '../../ui/Data.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { EffectNote } from '../../ui/EffectNote.tsx'
import { useLeaving } from '../../ui/useLeaving.ts'
import { SecretBlock } from '../reveal/SecretBlock.tsx'
import type { CompromiseAnswer } from './CompromiseKey.tsx'
import { EvidencePart } from './EvidencePart.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly answer: CompromiseAnswer; readonly name: string; readonly onClose: () => void }

/** What was cut and where, the link for the owner, and the report to keep. */
export function CompromiseDone({ answer, name, onClose }: Props) {
  const { effect, replacement, replacementRefused: refused, evidence, refs } = answer
  const leaving = useLeaving({ isNothing: replacement === null, onDone: onClose })
  return (
    <Dialog title={t('compromiseTitle')} onClose={leaving.done} size="xl" isHeld>
      <Stack>
        <Text role="status">{t('compromised', { name })}</Text>
        <EffectNote effect={effect} force="refused" />
        {replacement && (
          <div>
            <Text size="sm" mb={4}>
              {t('replacementFor')}. {t('replacementEnds')} <Time at={replacement.claim.expiresAt} />
            </Text>
            <SecretBlock text={replacement.claim.url} label={t('replacementFor')} onCopied={leaving.copied} />
          </div>
        )}
        {refused && (
          <Text size="sm">
            {t('replacementNot')} <Data>{refused.detail}</Data>
          </Text>
        )}
        <EvidencePart evidence={evidence} refs={refs} />
        <AskToLeave leaving={leaving} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" leftSection={<IconDownload size={16} />} onClick={() => saveReport(answer)}>
            {t('save')}
          </Button>
          <Button onClick={leaving.done}>{t('close')}</Button>
        </Group>
      </Stack>
    </Dialog>
  )
}

/** Without the link: a report is passed around. */
function saveReport({ key, evidence, effect, replacement }: CompromiseAnswer): void {
  const report = { key, evidence, effect, replacement: replacement?.key.id ?? null }
  const url = URL.createObjectURL(new Blob([JSON.stringify(report, null, 2)], { type: 'application/json' }))
  const link = document.createElement('a')
  link.href = url
  link.download = `${key.id}-report.json`
  link.click()
  URL.revokeObjectURL(url)
}
