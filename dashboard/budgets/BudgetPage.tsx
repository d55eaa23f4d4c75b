import { Button, Group, Stack } from '@mantine/core'
import { useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import type { Effect } from '../../src/fleet/schema.ts'
import { nameOfTarget } from '../limits/target/TargetName.tsx'
import { useMay } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { AbsentPage } from '../ui/AbsentPage.tsx'
import { Data } from '../ui/Data.tsx'
import { EffectNote } from '../ui/EffectNote.tsx'
import { Page } from '../ui/Page.tsx'
import { useOne } from '../ui/useCalls.ts'
import { type BudgetAction, BudgetDialogs, budgetActions } from './BudgetDialogs.tsx'
import { BudgetEntries } from './BudgetEntries.tsx'
import { BudgetFacts } from './BudgetFacts.tsx'
import { labelOf } from './BudgetMenu.tsx'
import { BudgetState } from './BudgetState.tsx'
import type { OneBudget } from './changes.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

const lookAgainMs = 15_000

/** One budget: how it stands, what can be done, and every row of its books. */
export function BudgetPage() {
  const { budget: id = '' }: { readonly budget?: string } = useParams({ strict: false })
  const { data, error, retry } = useOne<OneBudget>(`/budgets/${encodeURIComponent(id)}`, {}, { ms: lookAgainMs })
  if (!data) return <AbsentPage title={t('title')} error={error} retry={retry} gone={gone} />
  return <Shown {...data} />
}

const gone = { title: t('gone'), text: t('goneText'), list: '/activity/budgets', toList: t('toList') }

function Shown({ budget, refs }: OneBudget) {
  const mayWrite = useMay()('budgets:write') !== 'none'
  const [action, setAction] = useState<BudgetAction | null>(null)
  const [effect, setEffect] = useState<Effect | null>(null)
  const navigate = useNavigate()
  const name = nameOfTarget(budget.target, refs)
  const done = (of: Effect) => {
    if (action === 'remove') return void navigate({ to: '/activity/budgets' })
    setEffect(of)
    setAction(null)
  }
  return (
    <Page
      title={<Title name={name} />}
      name={t('budgetOf', { name })}
      about={
        <Group gap="xs" component="span">
          <BudgetState budget={budget} /> {t(budget.period)}
        </Group>
      }
      actions={
        mayWrite &&
        budgetActions
          .filter((one) => one !== 'remove')
          .map((one) => (
            <Button key={one} variant={one === 'topUp' ? 'filled' : 'default'} onClick={() => setAction(one)}>
              {labelOf(one, budget)}
            </Button>
          ))
      }
    >
      <EffectNote effect={effect} />
      <BudgetFacts budget={budget} />
      <BudgetEntries budget={budget} />
      {mayWrite && (
        <Stack align="flex-start">
          <Button variant="outline" color="red" onClick={() => setAction('remove')}>
            {t('danger')}
          </Button>
        </Stack>
      )}
      {action && (
        <BudgetDialogs action={action} budget={budget} name={name} onClose={() => setAction(null)} onDone={done} />
      )}
    </Page>
  )
}

/** Who or what it is of stands in it as it was written. */
const Title = ({ name }: { readonly name: string }) => <Data>{name}</Data>
