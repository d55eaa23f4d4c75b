import { Paper, SimpleGrid, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { translator } from '../texts.ts'
import { Count } from '../ui/Data.tsx'
import { Usd } from '../ui/Usd.tsx'
import { texts } from './texts.data.ts'
import type { UsageSums } from './useUsage.ts'

const t = translator(texts)

/** The whole of what was asked for, in five numbers. */
export function Totals({ total }: { readonly total: UsageSums }) {
  const { input, output } = total.tokens
  return (
    <SimpleGrid component="dl" cols={{ base: 2, sm: 3, lg: 5 }} m={0}>
      <Total label={t('requests')} hint={t('requestsHint')}>
        <Count n={total.requests} />
      </Total>
      <Total label={t('refused')} hint={t('refusedHint')}>
        <Count n={total.refused} />
      </Total>
      <Total label={t('tokens')} hint={t('tokensHint', { input, output })}>
        <Count n={input + output} />
      </Total>
      <Total label={t('cost')} hint={t('costHint')}>
        <Usd usd={total.costUsd} />
      </Total>
      <Total label={t('latency')} hint={t('latencyHint')}>
        {total.latencyMs === null ? t('unknown') : t('milliseconds', { n: Math.round(total.latencyMs) })}
      </Total>
    </SimpleGrid>
  )
}

type Props = { readonly label: string; readonly hint: string; readonly children: ReactNode }

const Total = ({ label, hint, children }: Props) => (
  <Paper withBorder p="sm">
    <Text component="dt" size="xs" c="dimmed">
      {label}
    </Text>
    <Text component="dd" m={0} size="xl" fw={650} className="number">
      {children}
    </Text>
    <Text component="dd" m={0} size="xs" c="dimmed">
      {hint}
    </Text>
  </Paper>
)
