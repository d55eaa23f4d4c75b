import { Text } from '@mantine/core'
import { ask } from '../api.ts'
import { translator } from '../texts.ts'
import { ConfirmChange } from '../ui/ConfirmChange.tsx'
import { useRefresh } from '../ui/useCalls.ts'
import { type BudgetDialog, type ChangedBudget, refreshed } from './changes.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

export function DeleteBudget({ budget: { id, revision }, name, onClose, onDone }: BudgetDialog) {
  const refresh = useRefresh()
  return (
    <ConfirmChange
      title={t('deleteTitle')}
      text={t('deleteText', { name })}
      submit={t('remove')}
      isDangerous
      run={() => ask<ChangedBudget>(`DELETE /budgets/${id}`, { revision })}
      // Its page is left first: it would be read again, and found no more.
      refreshes={[]}
      said={t('removedSaid')}
      done={({ effect }) => {
        onDone(effect)
        void refresh(refreshed)
      }}
      onClose={onClose}
    >
      <Text size="sm">{t('deleteMore')}</Text>
    </ConfirmChange>
  )
}
