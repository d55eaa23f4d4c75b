import { Select, Text, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { AccessRequestView, Approval } from '../../src/access-requests/schema.ts'
import { ask } from '../api.ts'
import { translator } from '../texts.ts'
import { FormDialog } from '../ui/Dialog.tsx'
import { fieldError, useChange } from '../ui/useChange.ts'
import { targetOf, whatOf } from './RequestWords.tsx'
import { type ActionProps, decided, type Settled } from './settled.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

const lengths = ['1', '8', '24', '168', '720', 'date', 'forGood'] as const
type Length = (typeof lengths)[number]

/** `local`: as the field of the browser says it, in the zone of whoever looks. */
function untilOf(length: Length, local: string): string | undefined {
  if (length === 'forGood') return undefined
  if (length === 'date') return new Date(local).toISOString()
  return new Date(Date.now() + Number(length) * 3_600_000).toISOString()
}

export function ApproveRequest({ request, onClose, onDone }: ActionProps) {
  const [length, setLength] = useState<Length>('8')
  const [local, setLocal] = useState('')
  const [note, setNote] = useState('')
  const hasEnd = request.kind !== 'budget'
  const { change, isRunning, refusal } = useChange({
    run: (body: Approval) => ask<Settled>(`POST /access-requests/${request.id}/approve`, { body }),
    refreshes: decided,
    said: t('approvedSaid'),
    done: onDone,
  })
  const submit = () => {
    const until = hasEnd ? untilOf(length, local) : undefined
    void change({ ...(until ? { until } : {}), ...(note.trim() === '' ? {} : { reason: note }) })
  }
  return (
    <FormDialog
      title={t('approveTitle')}
      submit={t('approve')}
      onClose={onClose}
      onSubmit={submit}
      isReady={!hasEnd || length !== 'date' || local !== ''}
      isRunning={isRunning}
      refusal={refusal}
    >
      <Summary request={request} />
      <Text size="sm">{hasEnd ? t('approveText') : t('approveBudget')}</Text>
      {hasEnd && (
        <Select
          label={t('howLong')}
          allowDeselect={false}
          data-autofocus
          data={lengths.map((each) => ({ value: each, label: t(each) }))}
          value={length}
          onChange={(said) => setLength(lengths.find((each) => each === said) ?? length)}
          error={length === 'date' ? undefined : fieldError(refusal, '/until')}
        />
      )}
      {hasEnd && length === 'date' && (
        <TextInput
          type="datetime-local"
          label={t('untilDate')}
          required
          value={local}
          onChange={({ currentTarget: { value } }) => setLocal(value)}
          error={fieldError(refusal, '/until')}
        />
      )}
      <Textarea
        label={t('note')}
        autosize
        maxLength={2000}
        value={note}
        onChange={({ currentTarget: { value } }) => setNote(value)}
        error={fieldError(refusal, '/reason')}
      />
    </FormDialog>
  )
}

export const Summary = ({ request }: { readonly request: AccessRequestView }) => (
  <Text fw={600}>
    {whatOf(request)} · {targetOf(request)}
  </Text>
)
