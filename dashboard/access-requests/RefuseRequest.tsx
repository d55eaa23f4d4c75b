import { Textarea } from '@mantine/core'
import { useState } from 'react'
import { ask } from '../api.ts'
import { translator } from '../texts.ts'
import { FormDialog } from '../ui/Dialog.tsx'
import { fieldError, useChange } from '../ui/useChange.ts'
import { Summary } from './ApproveRequest.tsx'
import { type ActionProps, decided, type Settled } from './settled.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

export function RefuseRequest({ request, onClose, onDone }: ActionProps) {
  const [reason, setReason] = useState('')
  const { change, isRunning, refusal } = useChange({
    run: (body: { reason: string }) => ask<Settled>(`POST /access-requests/${request.id}/refuse`, { body }),
    refreshes: decided,
    said: t('refusedSaid'),
    done: onDone,
  })
  return (
    <FormDialog
      title={t('refuseTitle')}
      submit={t('refuse')}
      isDangerous
      onClose={onClose}
      onSubmit={() => void change({ reason })}
      isReady={reason.trim() !== ''}
      isRunning={isRunning}
      refusal={refusal}
    >
      <Summary request={request} />
      <Textarea
        label={t('refuseReason')}
        description={t('refuseHint')}
        required
        autosize
        minRows={2}
        maxLength={2000}
        data-autofocus
        value={reason}
        onChange={({ currentTarget: { value } }) => setReason(value)}
        error={fieldError(refusal, '/reason')}
      />
    </FormDialog>
  )
}
