import type { Command } from 'commander'
import {
  type LimitsCreateOptions,
  type LimitsListOptions,
  type LimitsUpdateOptions,
  limits,
  limitsCreate,
  limitsList,
  limitsUpdate,
} from '../limits.ts'
import { removeOne } from '../remove-one.ts'
import { addGet, addRemove, changing, paged, type Site, styled } from './options.ts'

export function addLimits(program: Command, site: Site): void {
  const { terminal, finish } = site
  const parent = program.command('limits').description('Limits: calls and tokens a minute, and calls at the same time.')
  numbers(styled(parent.command('create <type> [id]')))
    .description('Limit an organization, project, member, team, app, key, server, tool, provider or model.')
    .option('--name <name>', 'of the tool (the id is its server) or of the model (the id is its provider)')
    .action(async (type: string, id: string | undefined, options: LimitsCreateOptions) =>
      finish(await limitsCreate(terminal, type, id, options)),
    )
  paged(parent.command('list'))
    .description('List limits and how much of them is taken now.')
    .option('--type <type>', 'only those of servers, say: server')
    .option('--target <id>', 'only those of what has this id')
    .action(async (options: LimitsListOptions) => finish(await limitsList(terminal, options)))
  addGet(parent, site, limits, 'Show one limit and how much of it is taken now.')
  numbers(changing(parent.command('update <id>')))
    .description('Change a limit; what of the running minute is taken stays taken.')
    .action(async (id: string, options: LimitsUpdateOptions) => finish(await limitsUpdate(terminal, id, options)))
  addRemove(parent, site, 'delete <id>', 'Delete a limit.', removeOne(limits, { ended: 'deleted' }))
}

const numbers = (command: Command): Command =>
  command
    .option('--rpm <n>', 'calls a minute, or none')
    .option('--tpm <n>', 'tokens a minute, or none')
    .option('--concurrent <n>', 'calls at the same time, or none')
    .option('--streams <n>', 'open streams at the same time, or none')
    .option('--detached <way>', 'while a gateway does not reach control: share (its part of it) or closed (refused)')
