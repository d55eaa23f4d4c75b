import type { BudgetView } from '../../src/budgets/schema.ts'
import { translator } from '../texts.ts'
import { Status } from '../ui/Data.tsx'
import { nanoOf } from './nano.ts'
import { allOf, spentPercent } from './SpentBar.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** In a word: frozen, spent, near its end, or open. */
export function BudgetState({ budget }: { readonly budget: BudgetView }) {
  const percent = Math.floor(spentPercent(budget))
  if (budget.frozen) return <Status kind="over">{t('frozen')}</Status>
  if (nanoOf(budget.spentUsd) >= allOf(budget)) return <Status kind="bad">{t('spentAll')}</Status>
  if (budget.crossed.length > 0) return <Status kind="waiting">{t('near', { percent })}</Status>
  return <Status kind="good">{t('open')}</Status>
}
