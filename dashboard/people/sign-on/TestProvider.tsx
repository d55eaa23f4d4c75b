import { Button, Group, Stack, Text } from '@mantine/core'
import type { IdentityProviderView } from '../../../src/people/identity-providers/schema.ts'
import { translator } from '../../texts.ts'
import { Dialog } from '../../ui/Dialog.tsx'
import { ProblemNote } from '../../ui/ProblemNote.tsx'
import { LookNote } from './LookNote.tsx'
import { texts } from './texts.data.ts'
import { useLook } from './useLook.ts'

const t = translator(texts)

/** The last step of adding one, and by itself. */
export function TestSteps({ id, onDone }: { readonly id: string; readonly onDone: () => void }) {
  const { look, test, isRunning, refusal } = useLook(id)
  return (
    <Stack gap="md">
      <Text size="sm">{t('testText')}</Text>
      {look && <LookNote look={look} />}
      <ProblemNote refusal={refusal} />
      <Group justify="flex-end" gap="xs">
        <Button variant={look ? 'default' : 'filled'} loading={isRunning} onClick={test}>
          {look ? t('testAgain') : t('test')}
        </Button>
        <Button variant={look ? 'filled' : 'default'} onClick={onDone}>
          {t('done')}
        </Button>
      </Group>
    </Stack>
  )
}

type Props = { readonly provider: IdentityProviderView; readonly onClose: () => void }
export const TestProvider = ({ provider, onClose }: Props) => (
  <Dialog title={t('testTitle', { name: provider.name })} onClose={onClose}>
    <TestSteps id={provider.id} onDone={onClose} />
  </Dialog>
)
