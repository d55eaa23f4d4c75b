import { Group, SimpleGrid, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import type { BudgetView } from '../../src/budgets/schema.ts'
import { translator } from '../texts.ts'
import { Id, Time } from '../ui/Data.tsx'
import { Section } from '../ui/Section.tsx'
import { Usd } from '../ui/Usd.tsx'
import { Forecast } from './Forecast.tsx'
import { nanoOf, usdOf } from './nano.ts'
import { allOf, SpentBar } from './SpentBar.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** How one budget stands in the running period. */
export function BudgetFacts({ budget }: { readonly budget: BudgetView }) {
  const hasUnreconciled = nanoOf(budget.unreconciledUsd) > 0n
  return (
    <Section title={t('facts')}>
      <SpentBar budget={budget} size="lg" />
      <SimpleGrid component="dl" cols={{ base: 2, md: 4 }} m={0}>
        <Fact label={t('spent')} hint={hasUnreconciled ? t('unreconciledHint') : undefined}>
          <Usd usd={budget.spentUsd} />
        </Fact>
        <Fact label={t('held')} hint={t('heldHint')}>
          <Usd usd={budget.heldUsd} />
        </Fact>
        <Fact label={t('left')}>
          <Usd usd={budget.leftUsd} />
        </Fact>
        <Fact label={t('allIn')}>
          <Usd usd={usdOf(allOf(budget))} />
        </Fact>
        <Fact label={t('forecast')} hint={t(budget.period === 'total' ? 'noEnd' : 'forecastHint')}>
          <Forecast budget={budget} />
        </Fact>
        <Fact label={t('resets')}>
          <Time at={budget.resetsAt} missing={t('never')} />
        </Fact>
        <Fact label={t('runningPeriod')}>
          <Id>{budget.runningPeriod}</Id>
        </Fact>
        <Fact label={t('toppedUp')}>
          <Usd usd={budget.toppedUpUsd} />
        </Fact>
        {hasUnreconciled && (
          <Fact label={t('unreconciled')}>
            <Usd usd={budget.unreconciledUsd} />
          </Fact>
        )}
        <Fact label={t('createdAt')}>
          <Time at={budget.createdAt} />
        </Fact>
        <Fact label={t('id')}>
          <Id>{budget.id}</Id>
        </Fact>
      </SimpleGrid>
      <Thresholds budget={budget} />
    </Section>
  )
}

type FactProps = { readonly label: string; readonly hint?: string | undefined; readonly children: ReactNode }

const Fact = ({ label, hint, children }: FactProps) => (
  <div>
    <Text component="dt" size="xs" c="dimmed">
      {label}
    </Text>
    <Text component="dd" m={0} fw={550}>
      {children}
    </Text>
    {hint && (
      <Text component="dd" m={0} size="xs" c="dimmed">
        {hint}
      </Text>
    )}
  </div>
)

/** At which percentages somebody is told, and when that was in this period. */
function Thresholds({ budget }: { readonly budget: BudgetView }) {
  const { thresholds, crossed } = budget
  const crossedAt = (percent: number) => crossed.find((one) => one.percent === percent)?.at
  return (
    <div>
      <Text size="xs" c="dimmed" mb={4}>
        {t('thresholds')}
      </Text>
      {thresholds.length === 0 ? (
        <Text size="sm">{t('noThresholds')}</Text>
      ) : (
        <Group component="ul" gap="lg" m={0} p={0} style={{ listStyle: 'none' }}>
          {thresholds.map((percent) => {
            const at = crossedAt(percent)
            return (
              <li key={percent}>
                <Text size="sm" fw={600} span>
                  {t('percentAt', { percent })}
                </Text>{' '}
                <Text size="sm" c="dimmed" span>
                  {at === undefined ? (
                    t('notCrossed')
                  ) : (
                    <>
                      {t('crossed')} <Time at={at} />
                    </>
                  )}
                </Text>
              </li>
            )
          })}
        </Group>
      )}
    </div>
  )
}
