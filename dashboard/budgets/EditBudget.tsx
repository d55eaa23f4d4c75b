import { useState } from 'react'
import type { BudgetPatch } from '../../src/budgets/schema.ts'
import { ask } from '../api.ts'
import { translator } from '../texts.ts'
import { FormDialog } from '../ui/Dialog.tsx'
import { useChange } from '../ui/useChange.ts'
import { AmountField, ThresholdsField } from './BudgetFields.tsx'
import { type BudgetDialog, type ChangedBudget, refreshed } from './changes.ts'
import { isUsd } from './nano.ts'
import { texts } from './texts.data.ts'
import { thresholdsOf } from './thresholds.ts'

const t = translator(texts)

/** Target and period stay: another one is another budget. */
export function EditBudget({ budget, name, onClose, onDone }: BudgetDialog) {
  // What is edited is what somebody saw when the dialog was opened, also when the page reads it anew meanwhile.
  const [{ id, revision }] = useState(budget)
  const [usd, setUsd] = useState(budget.usd)
  const [percents, setPercents] = useState(budget.thresholds.join(', '))
  const thresholds = thresholdsOf(percents)
  const { change, isRunning, refusal } = useChange({
    run: (body: BudgetPatch) => ask<ChangedBudget>(`PATCH /budgets/${id}`, { body, revision }),
    refreshes: refreshed,
    said: t('saved'),
    done: ({ effect }) => onDone(effect),
  })
  return (
    <FormDialog
      title={t('editTitle', { name })}
      onClose={onClose}
      submit={t('save')}
      isRunning={isRunning}
      refusal={refusal}
      isReady={isUsd(usd) && thresholds !== null}
      onSubmit={() => void change({ usd: usd.trim(), thresholds: thresholds ?? [] })}
    >
      <AmountField value={usd} onChange={setUsd} refusal={refusal} isFirst />
      <ThresholdsField value={percents} onChange={setPercents} refusal={refusal} />
    </FormDialog>
  )
}
