import { Select } from '@mantine/core'
import { useState } from 'react'
import type { BudgetView, NewBudget, Period } from '../../src/budgets/schema.ts'
import type { TargetInput } from '../../src/limits/schema.ts'
import { ask } from '../api.ts'
import { budgetTypes } from '../limits/target/kinds.data.ts'
import { isWhole, TargetField } from '../limits/target/TargetField.tsx'
import { translator } from '../texts.ts'
import { FormDialog } from '../ui/Dialog.tsx'
import { useChange } from '../ui/useChange.ts'
import { AmountField, ThresholdsField } from './BudgetFields.tsx'
import { isUsd } from './nano.ts'
import { periods } from './periods.data.ts'
import { texts } from './texts.data.ts'
import { defaultThresholds, thresholdsOf } from './thresholds.ts'

const t = translator(texts)

export function CreateBudget({ onClose }: { readonly onClose: () => void }) {
  const [target, setTarget] = useState<TargetInput>({ type: 'organization' })
  const [period, setPeriod] = useState<Period>('month')
  const [usd, setUsd] = useState('')
  const [percents, setPercents] = useState(defaultThresholds)
  const thresholds = thresholdsOf(percents)
  const { change, isRunning, refusal } = useChange({
    run: (body: NewBudget, idempotencyKey) => ask<{ budget: BudgetView }>('POST /budgets', { body, idempotencyKey }),
    refreshes: ['budgets', 'keys'],
    said: t('created'),
    done: onClose,
  })
  return (
    <FormDialog
      title={t('createTitle')}
      onClose={onClose}
      submit={t('create')}
      isRunning={isRunning}
      refusal={refusal}
      isReady={isWhole(target) && isUsd(usd) && thresholds !== null}
      onSubmit={() => void change({ target, period, usd: usd.trim(), thresholds: thresholds ?? [] })}
    >
      <TargetField types={budgetTypes} value={target} onChange={setTarget} refusal={refusal} />
      <Select
        label={t('period')}
        allowDeselect={false}
        data={periods.map((value) => ({ value, label: t(value) }))}
        value={period}
        onChange={(picked) => setPeriod(periods.find((one) => one === picked) ?? period)}
      />
      <AmountField value={usd} onChange={setUsd} refusal={refusal} />
      {usd !== '' && <ThresholdsField value={percents} onChange={setPercents} refusal={refusal} />}
    </FormDialog>
  )
}
