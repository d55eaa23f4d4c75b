import { Group, Stack, Text, Title } from '@mantine/core'
import type { BudgetEntry, BudgetView } from '../../src/budgets/schema.ts'
import { queryOf } from '../api.ts'
import { translator } from '../texts.ts'
import { Data, Id, Time } from '../ui/Data.tsx'
import { type Column, DataTable } from '../ui/DataTable.tsx'
import { FilterText } from '../ui/FilterText.tsx'
import { EmptyState } from '../ui/Page.tsx'
import { SaveButton } from '../ui/SaveButton.tsx'
import { Usd } from '../ui/Usd.tsx'
import { useList } from '../ui/useCalls.ts'
import { useUrl } from '../ui/useUrl.ts'
import { accounts, kinds } from './kinds.data.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)
const kindText = translator(kinds)
const accountText = translator(accounts)

/** The ledger of one budget, a page at a time; the period stands in the address. */
export function BudgetEntries({ budget }: { readonly budget: BudgetView }) {
  const [{ period }] = useUrl()
  const list = useList<BudgetEntry>(`/budgets/${budget.id}/entries`, { period })
  return (
    <Stack component="section" gap="sm" aria-labelledby="budget-entries">
      <Group justify="space-between" align="flex-end">
        <div>
          <Title order={2} size="h4" id="budget-entries">
            {t('entries')}
          </Title>
          <Text size="sm" c="dimmed" maw="72ch">
            {t('entriesAbout')}
          </Text>
        </div>
        <Group align="flex-end" gap="xs">
          <FilterText
            name="period"
            label={t('periodName')}
            description={t('periodNameHint', { name: budget.runningPeriod })}
            placeholder={t('anyPeriod')}
          />
          <SaveButton line={`GET /budgets/${budget.id}/entries.csv${queryOf({ period })}`}>{t('exportCsv')}</SaveButton>
        </Group>
      </Group>
      <DataTable<BudgetEntry>
        label={t('entries')}
        columns={columns}
        list={list}
        idOf={idOf}
        nameOf={({ kind }) => kind}
        empty={<EmptyState title={t('entriesEmpty')} />}
      />
    </Stack>
  )
}

const idOf = ({ at, period, kind, from, to, usd, request, boot }: BudgetEntry): string =>
  [at, period, kind, from, to, usd, request, boot].join(' ')

const columns: readonly Column<BudgetEntry>[] = [
  { id: 'at', label: t('at'), cell: ({ at }) => <Time at={at} /> },
  { id: 'period', label: t('period'), cell: ({ period }) => <Id>{period}</Id> },
  { id: 'kind', label: t('kind'), cell: ({ kind }) => (isKind(kind) ? kindText(kind) : <Data>{kind}</Data>) },
  { id: 'from', label: t('from'), cell: ({ from }) => <Account name={from} /> },
  { id: 'to', label: t('to'), cell: ({ to }) => <Account name={to} /> },
  { id: 'usd', label: t('usd'), isNumber: true, cell: ({ usd }) => <Usd usd={usd} /> },
  {
    id: 'by',
    label: t('by'),
    cell: ({ request, key, gateway }) => (request ?? key ?? gateway) && <Id>{request ?? key ?? gateway ?? ''}</Id>,
  },
  { id: 'note', label: t('note'), cell: ({ note }) => note && <Data>{note}</Data> },
]

const isKind = (kind: string): kind is keyof typeof kinds => Object.hasOwn(kinds, kind)
const isAccount = (name: string): name is keyof typeof accounts => Object.hasOwn(accounts, name)

const Account = ({ name }: { readonly name: string }) => (isAccount(name) ? accountText(name) : <Data>{name}</Data>)
