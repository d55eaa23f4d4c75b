import { ask } from '../api.ts'
import { translator } from '../texts.ts'
import { ConfirmChange } from '../ui/ConfirmChange.tsx'
import { type BudgetDialog, type ChangedBudget, refreshed } from './changes.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** One that is frozen is unfrozen. */
export function FreezeBudget({ budget: { id, revision, frozen: isFrozen }, name, onClose, onDone }: BudgetDialog) {
  const frozen = !isFrozen
  return (
    <ConfirmChange
      title={frozen ? t('freezeTitle', { name }) : t('unfreezeTitle', { name })}
      text={t(frozen ? 'freezeText' : 'unfreezeText')}
      submit={t(frozen ? 'freeze' : 'unfreeze')}
      isDangerous={frozen}
      run={() => ask<ChangedBudget>(`PATCH /budgets/${id}`, { body: { frozen }, revision })}
      refreshes={refreshed}
      said={t(frozen ? 'frozenSaid' : 'unfrozenSaid')}
      done={({ effect }) => onDone(effect)}
      onClose={onClose}
    />
  )
}
