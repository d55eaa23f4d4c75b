import { useState } from 'react'
import type { BudgetReset } from '../../src/budgets/schema.ts'
import { ask } from '../api.ts'
import { translator } from '../texts.ts'
import { ConfirmDialog } from '../ui/Dialog.tsx'
import { useChange } from '../ui/useChange.ts'
import { NoteField } from './BudgetFields.tsx'
import { type BudgetDialog, type ChangedBudget, refreshed } from './changes.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

export function ResetBudget({ budget, name, onClose, onDone }: BudgetDialog) {
  const [note, setNote] = useState('')
  const { change, isRunning, refusal } = useChange({
    run: (body: BudgetReset, idempotencyKey) =>
      ask<ChangedBudget>(`POST /budgets/${budget.id}/reset`, { body, idempotencyKey }),
    refreshes: refreshed,
    said: t('resetSaid'),
    done: ({ effect }) => onDone(effect),
  })
  const said = note.trim()
  return (
    <ConfirmDialog
      title={t('resetTitle', { name })}
      text={t('resetText')}
      submit={t('reset')}
      onClose={onClose}
      isRunning={isRunning}
      refusal={refusal}
      onSubmit={() => void change(said === '' ? {} : { note: said })}
    >
      <NoteField value={note} onChange={setNote} refusal={refusal} />
    </ConfirmDialog>
  )
}
