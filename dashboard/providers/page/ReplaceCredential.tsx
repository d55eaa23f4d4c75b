import { PasswordInput } from '@mantine/core'
import { useState } from 'react'
import type { ProviderView } from '../../../src/providers/schema.ts'
import { ask } from '../../api.ts'
import { translator } from '../../texts.ts'
import { FormDialog } from '../../ui/Dialog.tsx'
import { fieldError, useChange } from '../../ui/useChange.ts'
import type { ChangedProvider } from '../answers.ts'
import { texts } from '../texts.data.ts'

const t = translator(texts)

type Props = { readonly provider: ProviderView; readonly onClose: () => void }

/** A new secret over the old one; what was there is never shown. */
export function ReplaceCredential({ provider, onClose }: Props) {
  // The secret was typed for what was seen then: if its address has moved since, the change is refused as stale.
  const [{ id, name, revision }] = useState(provider)
  const [value, setValue] = useState('')
  const { change, isRunning, refusal } = useChange({
    run: (credential: string) =>
      ask<ChangedProvider>(`PATCH /providers/${id}`, { body: { credential: { value: credential } }, revision }),
    refreshes: ['providers'],
    said: t('credentialSaved'),
    done: onClose,
  })
  return (
    <FormDialog
      title={t('credentialTitle', { name })}
      onClose={onClose}
      submit={t('save')}
      onSubmit={() => void change(value)}
      isRunning={isRunning}
      isReady={value !== ''}
      refusal={refusal}
    >
      <PasswordInput
        label={t('apiKey')}
        description={t('apiKeyHint')}
        value={value}
        onChange={(event) => setValue(event.currentTarget.value)}
        error={fieldError(refusal, '/credential')}
        autoComplete="off"
        required
        data-autofocus
      />
    </FormDialog>
  )
}
