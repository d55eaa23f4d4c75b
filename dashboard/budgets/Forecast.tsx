import { Text } from '@mantine/core'
import type { BudgetView } from '../../src/budgets/schema.ts'
import { translator } from '../texts.ts'
import { Money } from '../ui/Data.tsx'
import { nanoOf } from './nano.ts'
import { allOf } from './SpentBar.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** Spent by the end of the period if it goes on as until now; rounded, because it is a guess. */
export function Forecast({ budget }: { readonly budget: BudgetView }) {
  const { forecastUsd } = budget
  if (forecastUsd === null)
    return (
      <Text span size="sm" c="dimmed">
        {t('noForecast')}
      </Text>
    )
  return (
    <div>
      <Money usd={forecastUsd} />
      {nanoOf(forecastUsd) > allOf(budget) && (
        <Text size="xs" c="error">
          {t('forecastOver')}
        </Text>
      )}
    </div>
  )
}
