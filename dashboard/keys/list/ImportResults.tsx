import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { IconCheck, IconDownload } from '@tabler/icons-react'
import { useState } from 'react'
import type { Refusal } from '../../api.ts'
import { translator } from '../../texts.ts'
import { Dialog } from '../../ui/Dialog.tsx'
import { ProblemNote } from '../../ui/ProblemNote.tsx'
import { saveFile } from '../../ui/saveFile.ts'
import { useLeaving } from '../../ui/useLeaving.ts'
import { ImportOutcomes } from './ImportOutcomes.tsx'
import { type Imported, onceOf, secretsFile } from './importing.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = {
  readonly made: readonly Imported[]
  /** For so many there was no room. */
  readonly missing: number
  readonly onAgain: () => void
  readonly onDone: () => void
  readonly isRunning: boolean
  readonly refusal: Refusal | null
}

/** Holds the secrets until it is left, and asks once when nobody has saved them. */
export function ImportResults({ made, missing, onAgain, onDone, isRunning, refusal }: Props) {
  const [isSaved, setSaved] = useState(false)
  const isOnce = made.some((one) => onceOf(one) !== undefined)
  const leaving = useLeaving({ isNothing: !isOnce, onDone })
  if (leaving.isAsking)
    return (
      <Dialog title={t('leaveTitle')} onClose={leaving.stay} isHeld>
        <Text>{t('leaveText')}</Text>
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={leaving.stay} data-autofocus>
            {t('stay')}
          </Button>
          <Button color="red" onClick={leaving.leave}>
            {t('leave')}
          </Button>
        </Group>
      </Dialog>
    )
  const save = () => {
    saveFile('ostiary-secrets.json', secretsFile(made))
    setSaved(true)
    leaving.copied()
  }
  return (
    <Dialog title={t('importTitle')} onClose={leaving.done} size="xl" isHeld isBusy={isRunning}>
      <Stack>
        {isOnce && (
          <Alert color="green" icon={<IconCheck size={20} />} role="alert">
            <Group justify="space-between">
              {t('importShownOnce')}
              <Button size="xs" leftSection={<IconDownload size={16} />} onClick={save}>
                {isSaved ? t('saved') : t('saveSecrets')}
              </Button>
            </Group>
          </Alert>
        )}
        <ImportOutcomes of={made} isMade />
        {missing > 0 && (
          <Group justify="space-between">
            <Text size="sm">{t('importBusy', { n: missing })}</Text>
            <Button size="xs" variant="default" loading={isRunning} onClick={onAgain}>
              {t('importAgain')}
            </Button>
          </Group>
        )}
        <ProblemNote refusal={refusal} />
        <Group justify="flex-end">
          <Button onClick={leaving.done} disabled={isRunning}>
            {t('done')}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  )
}
