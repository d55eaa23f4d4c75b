import { Menu } from '@mantine/core'
import { IconCoin, IconPencil, IconRefresh, IconSnowflake, IconTrash } from '@tabler/icons-react'
import type { BudgetView } from '../../src/budgets/schema.ts'
import { translator } from '../texts.ts'
import { RowMenu } from '../ui/RowMenu.tsx'
import { type BudgetAction, budgetActions } from './BudgetDialogs.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

const icons = {
  edit: IconPencil,
  topUp: IconCoin,
  freeze: IconSnowflake,
  reset: IconRefresh,
  remove: IconTrash,
} as const

export const labelOf = (action: BudgetAction, { frozen }: BudgetView): string =>
  t(action === 'freeze' && frozen ? 'unfreeze' : action)

type Props = {
  readonly budget: BudgetView
  readonly name: string
  readonly onChoose: (action: BudgetAction) => void
}

export const BudgetMenu = ({ budget, name, onChoose }: Props) => (
  <RowMenu name={name}>
    {budgetActions.map((action) => {
      const Icon = icons[action]
      return (
        <Menu.Item
          key={action}
          leftSection={<Icon size={16} />}
          onClick={() => onChoose(action)}
          {...(action === 'remove' ? { color: 'red' } : {})}
        >
          {labelOf(action, budget)}
        </Menu.Item>
      )
    })}
  </RowMenu>
)
