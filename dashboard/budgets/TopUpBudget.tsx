import { Text } from '@mantine/core'
import { useState } from 'react'
import type { TopUp } from '../../src/budgets/schema.ts'
import { ask } from '../api.ts'
import { translator } from '../texts.ts'
import { FormDialog } from '../ui/Dialog.tsx'
import { useChange } from '../ui/useChange.ts'
import { AmountField, NoteField } from './BudgetFields.tsx'
import { type BudgetDialog, type ChangedBudget, refreshed } from './changes.ts'
import { isUsd, nanoOf } from './nano.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

export function TopUpBudget({ budget, name, onClose, onDone }: BudgetDialog) {
  const [usd, setUsd] = useState('')
  const [note, setNote] = useState('')
  const { change, isRunning, refusal } = useChange({
    run: (body: TopUp, idempotencyKey) =>
      ask<ChangedBudget>(`POST /budgets/${budget.id}/top-up`, { body, idempotencyKey }),
    refreshes: refreshed,
    said: t('toppedUpSaid'),
    done: ({ effect }) => onDone(effect),
  })
  const said = note.trim()
  return (
    <FormDialog
      title={t('topUpTitle', { name })}
      onClose={onClose}
      submit={t('topUp')}
      isRunning={isRunning}
      refusal={refusal}
      isReady={isUsd(usd) && nanoOf(usd.trim()) > 0n}
      onSubmit={() => void change({ usd: usd.trim(), ...(said === '' ? {} : { note: said }) })}
    >
      <Text size="sm">{t('topUpText')}</Text>
      <AmountField value={usd} onChange={setUsd} refusal={refusal} isFirst />
      <NoteField value={note} onChange={setNote} refusal={refusal} />
    </FormDialog>
  )
}
