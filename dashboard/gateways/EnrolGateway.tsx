import { Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { GatewayView } from '../../src/fleet/schema.ts'
import { ask } from '../api.ts'
import { translator } from '../texts.ts'
import { FormDialog } from '../ui/Dialog.tsx'
import { fieldError, useChange } from '../ui/useChange.ts'
import { EnrolmentToken } from './EnrolmentToken.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** The only answer that holds the token: it lives in the state of this dialog and ends with it. */
export type Enrolled = { readonly gateway: GatewayView; readonly enrolmentToken: string }

export function EnrolGateway({ onClose }: { readonly onClose: () => void }) {
  const [name, setName] = useState('')
  const [enrolled, setEnrolled] = useState<Enrolled | null>(null)
  const { change, isRunning, refusal } = useChange({
    run: (input: string, idempotencyKey) => ask<Enrolled>('POST /gateways', { body: { name: input }, idempotencyKey }),
    refreshes: ['gateways'],
    done: setEnrolled,
  })
  if (enrolled !== null) return <EnrolmentToken {...enrolled} onClose={onClose} />
  return (
    <FormDialog
      title={t('enrolTitle')}
      onClose={onClose}
      submit={t('submitEnrol')}
      onSubmit={() => void change(name.trim())}
      isRunning={isRunning}
      isReady={name.trim() !== ''}
      refusal={refusal}
    >
      <Text size="sm">{t('enrolText')}</Text>
      <TextInput
        label={t('enrolName')}
        description={t('enrolNameHint')}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={fieldError(refusal, '/name')}
        required
        data-autofocus
        autoComplete="off"
      />
    </FormDialog>
  )
}
