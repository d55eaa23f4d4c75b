import type { Command } from 'commander'
import { providers } from '../provider-facts.ts'
import { type ProvidersAddOptions, providersAdd } from '../providers-add.ts'
import { type ProvidersUpdateOptions, providersUpdate } from '../providers-update.ts'
import { removeOne } from '../remove-one.ts'
import { addGet, addList, addRemove, changing, type Site, styled } from './options.ts'

export function addProviders(program: Command, site: Site): void {
  const { terminal, finish } = site
  const parent = program.command('providers').description('LLM providers.')
  credential(styled(parent.command('add <slug>')))
    .description('Register an LLM provider.')
    .requiredOption('--url <url>', 'base address of its API')
    .requiredOption('--dialect <dialect>', 'openai or anthropic')
    .option('--name <name>', 'name for people')
    .option('--project <id>', 'project it belongs to')
    .option('--models <list>', 'models that it offers, by comma')
    .option('--catalogs <list>', 'catalogs it joins by comma, or none (default: the one that new ones join)')
    .action(async (slug: string, options: ProvidersAddOptions) => finish(await providersAdd(terminal, slug, options)))
  addList(parent, site, providers, 'List LLM providers.')
  addGet(parent, site, providers, 'Show one LLM provider.')
  credential(changing(parent.command('update <id>')))
    .description('Change an LLM provider; a new address needs its credential again.')
    .option('--name <name>', 'another name')
    .option('--slug <slug>', 'another slug')
    .option('--url <url>', 'another address')
    .option('--models <list>', 'all that it offers by comma, or none; those that stay keep aliases and prices')
    .option('--no-credential', 'take its credential away')
    .action(async (id: string, options: ProvidersUpdateOptions) => finish(await providersUpdate(terminal, id, options)))
  const remove = removeOne(providers, { ended: 'removed' })
  addRemove(parent, site, 'remove <id>', 'Remove an LLM provider, with its credential.', remove)
}

const credential = (command: Command): Command =>
  command
    .option('--credential-file <path>', 'file that holds the credential; - is stdin')
    .option('--credential-env <name>', 'variable that holds the credential')
