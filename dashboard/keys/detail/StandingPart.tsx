import { Progress, Stack, Text } from '@mantine/core'
import type { KeyBudget } from '../../../src/budgets/schema.ts'
import type { KeyView } from '../../../src/keys/schema.ts'
import { translator } from '../../texts.ts'
import { Count } from '../../ui/Data.tsx'
import { Usd, usdText } from '../../ui/Usd.tsx'
import { FactsPart } from './FactsPart.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** How much the key may, and how much of its money is spent. */
export function StandingPart({ of: { limits, budgets } }: { readonly of: KeyView }) {
  const said = (limit: number | null) => (limit === null ? t('noLimit') : <Count n={limit} />)
  return (
    <FactsPart
      title={t('standing')}
      of={[
        [t('requestsPerMinute'), said(limits.requestsPerMinute)],
        [t('tokensPerMinute'), said(limits.tokensPerMinute)],
        [t('concurrent'), said(limits.concurrent)],
        [t('streams'), said(limits.streams)],
        [t('budget'), budgets.length === 0 ? t('noBudget') : <Budgets key="budgets" of={budgets} />],
      ]}
    />
  )
}

const Budgets = ({ of }: { readonly of: readonly KeyBudget[] }) => (
  <Stack gap="xs">
    {of.map((budget) => (
      <BudgetBar key={budget.id} budget={budget} />
    ))}
  </Stack>
)

const periods = { total: t('perTotal'), day: t('perDay'), week: t('perWeek'), month: t('perMonth') } as const

function BudgetBar({ budget: { usd, spentUsd, period } }: { readonly budget: KeyBudget }) {
  const percent = Number(usd) === 0 ? 100 : (100 * Number(spentUsd)) / Number(usd)
  return (
    <div>
      <Text size="sm" component="div">
        <Usd usd={usd} /> {periods[period]}
      </Text>
      <Progress
        value={percent}
        color={percent >= 100 ? 'red' : 'var(--mantine-color-anchor)'}
        aria-label={t('budget')}
      />
      <Text size="xs" c="dimmed">
        {t('budgetOf', { spent: usdText(spentUsd), amount: usdText(usd) })}
      </Text>
    </div>
  )
}
