import { Progress, Text } from '@mantine/core'
import type { BudgetView } from '../../src/budgets/schema.ts'
import { translator } from '../texts.ts'
import { usdText } from '../ui/Usd.tsx'
import { nanoOf, percentOf, usdOf } from './nano.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Standing = Pick<BudgetView, 'usd' | 'toppedUpUsd' | 'spentUsd' | 'heldUsd' | 'leftUsd'>

/** Amount and top-ups: what the running period has in all. */
export const allOf = ({ usd, toppedUpUsd }: Pick<BudgetView, 'usd' | 'toppedUpUsd'>): bigint =>
  nanoOf(usd) + nanoOf(toppedUpUsd)

export const spentPercent = (budget: Standing): number => percentOf(nanoOf(budget.spentUsd), allOf(budget))

/** Spent, held and left of a budget: the numbers in words, and a bar that repeats them. */
export function SpentBar({ budget, size = 'sm' }: { readonly budget: Standing; readonly size?: 'sm' | 'lg' }) {
  const all = allOf(budget)
  const spent = Math.min(100, spentPercent(budget))
  const held = Math.min(100 - spent, percentOf(nanoOf(budget.heldUsd), all))
  const color = spent >= 100 ? 'red' : spent >= 80 ? 'orange' : 'var(--mantine-color-anchor)'
  return (
    <div>
      {size === 'sm' && (
        <Text size="sm" className="number nowrap">
          {t('spentOfWords', { spent: usdText(budget.spentUsd), all: usdText(usdOf(all)) })}
        </Text>
      )}
      <Progress.Root size={size === 'sm' ? 'sm' : 20}>
        <Progress.Section value={spent} color={color} aria-label={t('spentShare', { percent: spent })} />
        <Progress.Section value={held} color="gray.5" striped aria-label={t('heldShare', { percent: held })} />
      </Progress.Root>
    </div>
  )
}
