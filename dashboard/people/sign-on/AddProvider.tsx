import { Button, Group, Stack, Stepper, Text } from '@mantine/core'
import { useState } from 'react'
import type { IdentityProviderView } from '../../../src/people/identity-providers/schema.ts'
import { translator } from '../../texts.ts'
import { Snippet } from '../../ui/Data.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { NewProviderForm } from './NewProviderForm.tsx'
import { TestSteps } from './TestProvider.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** Who it is, then the redirect URI, which is known only now, then whether it answers. */
export function AddProvider({ onClose }: { readonly onClose: () => void }) {
  const [provider, setProvider] = useState<IdentityProviderView | null>(null)
  const [isRegistered, setRegistered] = useState(false)
  return (
    <Dialog title={t('add')} onClose={onClose} size="lg">
      <Stack gap="lg">
        <Stepper active={provider === null ? 0 : isRegistered ? 2 : 1} size="sm" allowNextStepsSelect={false}>
          <Stepper.Step label={t('stepProvider')} />
          <Stepper.Step label={t('stepRedirect')} />
          <Stepper.Step label={t('stepTest')} />
        </Stepper>
        {provider === null && <NewProviderForm onClose={onClose} onMade={setProvider} />}
        {provider && !isRegistered && (
          <Stack gap="md">
            <Text>{t('register')}</Text>
            <Snippet text={provider.redirectUri} label={t('redirectUri')} />
            <Group justify="flex-end">
              <Button onClick={() => setRegistered(true)}>{t('registered')}</Button>
            </Group>
          </Stack>
        )}
        {provider && isRegistered && <TestSteps id={provider.id} onDone={onClose} />}
      </Stack>
    </Dialog>
  )
}
