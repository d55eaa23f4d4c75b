import { ActionIcon, Button, Group, Select, Stack, TextInput } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { t, useDesk } from './desk.ts'
import { type BudgetValues, noBudget } from './values.ts'

const periods = [
  { value: 'month', label: t('month') },
  { value: 'week', label: t('week') },
  { value: 'day', label: t('day') },
  { value: 'total', label: t('total') },
] as const

/** One budget, and on demand one for each other period. Thresholds are asked for where there is a budget. */
export function BudgetFields() {
  const { form } = useDesk()
  const { budgets } = form.values
  const set = (at: number, budget: BudgetValues) => {
    form.setFieldValue('budgets', budgets.with(at, budget))
    form.clearFieldError(`budgets.${at}.usd`)
    form.clearFieldError(`budgets.${at}.thresholds`)
  }
  const drop = (at: number) => form.setFieldValue('budgets', budgets.toSpliced(at, 1))
  const free = periods.find(({ value }) => !budgets.some(({ period }) => period === value))
  const add = () => free && form.setFieldValue('budgets', [...budgets, { ...noBudget, period: free.value }])
  return (
    <Stack gap="xs">
      {budgets.map((budget, at) => (
        <BudgetRow
          // biome-ignore lint/suspicious/noArrayIndexKey: the place is all that a row is known by
          key={at}
          at={at}
          budget={budget}
          onChange={(next) => set(at, next)}
          {...(budgets.length > 1 ? { onDrop: () => drop(at) } : {})}
        />
      ))}
      {free && budgets.every(({ usd }) => usd.trim() !== '') && (
        <Button variant="subtle" size="xs" leftSection={<IconPlus size={14} />} onClick={add} w="fit-content">
          {t('addBudget')}
        </Button>
      )}
    </Stack>
  )
}

type RowProps = {
  readonly at: number
  readonly budget: BudgetValues
  readonly onChange: (budget: BudgetValues) => void
  readonly onDrop?: () => void
}
function BudgetRow({ at, budget, onChange, onDrop }: RowProps) {
  const { form, rules } = useDesk()
  const { usd, period, thresholds } = budget
  const most = rules.ceilings?.budgetUsdPerMonth
  return (
    <Group align="flex-end" grow preventGrowOverflow={false}>
      <TextInput
        label={t('budget')}
        description={most === undefined ? t('budgetHint') : t('budgetRule', { most })}
        placeholder={t('noBudget')}
        inputMode="decimal"
        value={usd}
        onChange={(event) => onChange({ ...budget, usd: event.currentTarget.value })}
        error={form.errors[`budgets.${at}.usd`]}
        miw={180}
      />
      <Select
        label={t('period')}
        data={periods}
        value={period}
        onChange={(said) =>
          onChange({ ...budget, period: periods.find(({ value }) => value === said)?.value ?? period })
        }
        allowDeselect={false}
        miw={120}
      />
      {usd.trim() !== '' && (
        <TextInput
          label={t('thresholds')}
          description={t('thresholdsHint')}
          placeholder={t('thresholdsPlaceholder')}
          value={thresholds}
          onChange={(event) => onChange({ ...budget, thresholds: event.currentTarget.value })}
          error={form.errors[`budgets.${at}.thresholds`]}
          miw={220}
        />
      )}
      {onDrop && (
        <ActionIcon aria-label={t('removeBudget')} onClick={onDrop} size="lg" flex="0 0 auto">
          <IconTrash size={18} />
        </ActionIcon>
      )}
    </Group>
  )
}
