import { Select } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { BudgetView } from '../../src/budgets/schema.ts'
import type { Effect } from '../../src/fleet/schema.ts'
import type { Refs } from '../api.ts'
import { budgetTypes } from '../limits/target/kinds.data.ts'
import { TargetFilter } from '../limits/target/TargetFilter.tsx'
import { nameOfTarget, TargetName } from '../limits/target/TargetName.tsx'
import { useMay } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { AddButton } from '../ui/AddButton.tsx'
import { Time } from '../ui/Data.tsx'
import { type Column, DataTable } from '../ui/DataTable.tsx'
import { EffectNote } from '../ui/EffectNote.tsx'
import { EmptyState, Page } from '../ui/Page.tsx'
import { Usd } from '../ui/Usd.tsx'
import { useList } from '../ui/useCalls.ts'
import { useUrl } from '../ui/useUrl.ts'
import { type BudgetAction, BudgetDialogs } from './BudgetDialogs.tsx'
import { BudgetMenu } from './BudgetMenu.tsx'
import { BudgetState } from './BudgetState.tsx'
import { CreateBudget } from './CreateBudget.tsx'
import { Forecast } from './Forecast.tsx'
import { periods } from './periods.data.ts'
import { SpentBar } from './SpentBar.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

const lookAgainMs = 15_000
type Chosen = { readonly budget: BudgetView; readonly action: BudgetAction }

/** Every budget with how it stands in its running period. */
export function BudgetsPage() {
  const [{ type, target, period, create }, set] = useUrl()
  const mayWrite = useMay()('budgets:write') !== 'none'
  const list = useList<BudgetView>('/budgets', { type, target, period }, { ms: lookAgainMs })
  const [chosen, setChosen] = useState<Chosen | null>(null)
  const [effect, setEffect] = useState<Effect | null>(null)
  const navigate = useNavigate()
  const nameOf = (budget: BudgetView) => nameOfTarget(budget.target, list.refs)
  const createButton = mayWrite && <AddButton onClick={() => set({ create: 'budget' })}>{t('create')}</AddButton>
  return (
    <Page title={t('title')} about={t('about')} actions={createButton}>
      <EffectNote effect={effect} />
      <TargetFilter types={budgetTypes} type={type} target={target} onChange={set}>
        <PeriodFilter value={period} onChange={(picked) => set({ period: picked })} />
      </TargetFilter>
      <DataTable<BudgetView>
        label={t('list')}
        columns={columnsOf(list.refs)}
        list={list}
        idOf={({ id }) => id}
        nameOf={nameOf}
        onOpen={({ id }) => void navigate({ to: `/activity/budgets/${id}` })}
        empty={
          <EmptyState title={t('emptyTitle')} text={t(mayWrite ? 'emptyText' : 'emptyOwn')} action={createButton} />
        }
        isFiltered={type !== undefined || period !== undefined}
        onClearFilters={() => set({ type: undefined, target: undefined, period: undefined })}
        {...(mayWrite
          ? {
              actions: (budget) => (
                <BudgetMenu
                  budget={budget}
                  name={nameOf(budget)}
                  onChoose={(action) => setChosen({ budget, action })}
                />
              ),
            }
          : {})}
      />
      {create === 'budget' && mayWrite && <CreateBudget onClose={() => set({ create: undefined })} />}
      {chosen && (
        <BudgetDialogs
          {...chosen}
          name={nameOf(chosen.budget)}
          onClose={() => setChosen(null)}
          onDone={(done) => {
            setEffect(done)
            setChosen(null)
          }}
        />
      )}
    </Page>
  )
}

type FilterProps = { readonly value: string | undefined; readonly onChange: (period: string | undefined) => void }

const PeriodFilter = ({ value, onChange }: FilterProps) => (
  <Select
    label={t('period')}
    placeholder={t('anyPeriod')}
    clearable
    data={periods.map((one) => ({ value: one, label: t(one) }))}
    value={value ?? null}
    onChange={(picked) => onChange(picked ?? undefined)}
  />
)

const columnsOf = (refs: Refs): Column<BudgetView>[] => [
  {
    id: 'target',
    label: t('target'),
    cell: ({ id, target }) => <TargetName target={target} refs={refs} to={`/activity/budgets/${id}`} />,
  },
  { id: 'period', label: t('period'), cell: ({ period }) => t(period) },
  { id: 'state', label: t('state'), cell: (budget) => <BudgetState budget={budget} /> },
  { id: 'spent', label: t('spentOf'), cell: (budget) => <SpentBar budget={budget} /> },
  { id: 'held', label: t('held'), isNumber: true, cell: ({ heldUsd }) => <Usd usd={heldUsd} /> },
  { id: 'left', label: t('left'), isNumber: true, cell: ({ leftUsd }) => <Usd usd={leftUsd} /> },
  { id: 'forecast', label: t('forecast'), isNumber: true, cell: (budget) => <Forecast budget={budget} /> },
  { id: 'resets', label: t('resets'), cell: ({ resetsAt }) => <Time at={resetsAt} missing={t('never')} /> },
]
