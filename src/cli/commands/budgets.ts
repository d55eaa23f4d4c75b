import type { Command } from 'commander'
import {
  type BudgetsCreateOptions,
  type BudgetsEntriesOptions,
  type BudgetsListOptions,
  type BudgetsMoneyOptions,
  type BudgetsUpdateOptions,
  budgets,
  budgetsCreate,
  budgetsEntries,
  budgetsList,
  budgetsReset,
  budgetsTopUp,
  budgetsUpdate,
} from '../budgets.ts'
import { removeOne } from '../remove-one.ts'
import { addGet, addRemove, changing, paged, type Site, styled, waiting } from './options.ts'

export function addBudgets(program: Command, site: Site): void {
  const { terminal, finish } = site
  const parent = program.command('budgets').description('Budgets: how much may be spent, and what was.')
  styled(parent.command('create <type> [id]'))
    .description('Give an organization, project, member, team, app or key a budget.')
    .requiredOption('--usd <amount>', 'how much a period: 25 or 0.50')
    .option('--period <period>', 'total, day, week or month (default total)')
    .option('--thresholds <list>', 'percentages at which somebody is told (default 50,80,100)')
    .action(async (type: string, id: string | undefined, options: BudgetsCreateOptions) =>
      finish(await budgetsCreate(terminal, type, id, options)),
    )
  paged(parent.command('list'))
    .description('List budgets and how they stand.')
    .option('--type <type>', 'only those of keys, say: key')
    .option('--target <id>', 'only those of what has this id')
    .option('--period <period>', 'only those of this period')
    .action(async (options: BudgetsListOptions) => finish(await budgetsList(terminal, options)))
  addGet(parent, site, budgets, 'Show one budget and how it stands.')
  changing(parent.command('update <id>'))
    .description('Change a budget; what was spent stays spent.')
    .option('--usd <amount>', 'another amount')
    .option('--thresholds <list>', 'other percentages, or none')
    .option('--frozen <yes|no>', 'whether nothing is given out of it')
    .action(async (id: string, options: BudgetsUpdateOptions) => finish(await budgetsUpdate(terminal, id, options)))
  addMoney(parent, site)
  addRemove(parent, site, 'delete <id>', 'Delete a budget; its books stay.', removeOne(budgets, { ended: 'deleted' }))
}

function addMoney(parent: Command, { terminal, finish }: Site): void {
  waiting(styled(parent.command('top-up <id> <usd>')))
    .description('Add to a budget for the running period.')
    .option('--note <text>', 'why, for the books')
    .action(async (id: string, usd: string, options: BudgetsMoneyOptions) =>
      finish(await budgetsTopUp(terminal, id, usd, options)),
    )
  waiting(styled(parent.command('reset <id>')))
    .description('Begin the running period of a budget anew.')
    .option('--note <text>', 'why, for the audit log')
    .action(async (id: string, options: BudgetsMoneyOptions) => finish(await budgetsReset(terminal, id, options)))
  paged(parent.command('entries <id>'))
    .description('Show what was booked, the oldest first.')
    .option('--period <name>', 'only of this period: 2026-11')
    .option('--csv', 'all of it as CSV')
    .option('--out <file>', 'into a new file, with --csv')
    .action(async (id: string, options: BudgetsEntriesOptions) => finish(await budgetsEntries(terminal, id, options)))
}
