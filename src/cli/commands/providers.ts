import type { Command } from 'commander'
import { Preset } from '../../providers/schema.ts'
import type { Style } from '../print.ts'
import { providers } from '../provider-facts.ts'
import { type ProvidersAddOptions, providersAdd } from '../providers-add.ts'
import { type ProvidersModelOptions, providersModel } from '../providers-model.ts'
import { providersModels } from '../providers-models.ts'
import { type ProvidersTestOptions, providersTest } from '../providers-test.ts'
import { type ProvidersUpdateOptions, providersUpdate } from '../providers-update.ts'
import { removeOne } from '../remove-one.ts'
import { addGet, addList, addRemove, changing, type Site, styled } from './options.ts'

export function addProviders(program: Command, site: Site): void {
  const { terminal, finish } = site
  const parent = program.command('providers').description('LLM providers.')
  ways(credential(styled(parent.command('add <slug>'))))
    .description('Register an LLM provider: --preset for a known one, or --url and --dialect.')
    .option('--preset <name>', Preset.options.join(', '))
    .option('--url <url>', 'base address of its API, with or without /v1')
    .option('--dialect <dialect>', 'openai or anthropic')
    .option('--name <name>', 'name for people')
    .option('--project <id>', 'project it belongs to')
    .option(
      '--models <list>',
      'models that it offers, by comma (default: with a preset those that the price list knows)',
    )
    .option('--catalogs <list>', 'catalogs it joins by comma, or none (default: the one that new ones join)')
    .action(async (slug: string, options: ProvidersAddOptions) => finish(await providersAdd(terminal, slug, options)))
  addList(parent, site, providers, 'List LLM providers.')
  addGet(parent, site, providers, 'Show one LLM provider.')
  ways(credential(changing(parent.command('update <id>'))))
    .description('Change an LLM provider; a new address needs its credential again.')
    .option('--name <name>', 'another name')
    .option('--slug <slug>', 'another slug')
    .option('--url <url>', 'another address')
    .option('--models <list>', 'all that it offers by comma, or none; those that stay keep aliases and prices')
    .option('--no-credential', 'take its credential away')
    .action(async (id: string, options: ProvidersUpdateOptions) => finish(await providersUpdate(terminal, id, options)))
  const remove = removeOne(providers, { ended: 'removed' })
  addRemove(parent, site, 'remove <id>', 'Remove an LLM provider, with its credential.', remove)
  addModels(parent, site)
}

function addModels(parent: Command, { terminal, finish }: Site): void {
  styled(parent.command('test <id>'))
    .description('Ask the provider, as it is saved, for its models.')
    .option('--wait <seconds>', 'how long to wait for it, 1 to 30 (default 10)')
    .action(async (id: string, options: ProvidersTestOptions) => finish(await providersTest(terminal, id, options)))
  styled(parent.command('models <id>'))
    .description('Show its models with what they cost, in USD per million tokens.')
    .action(async (id: string, style: Style) => finish(await providersModels(terminal, id, style)))
  changing(parent.command('set-model <id> <model>'))
    .description('Say what a model costs and can; a model that is not there yet is added.')
    .option('--input <usd>', 'price of a million tokens of input')
    .option('--output <usd>', 'price of a million tokens of output')
    .option('--cached-input <usd>', 'of input that the provider has cached (default: as input)')
    .option('--cache-write <usd>', 'of input that it caches (default: as input)')
    .option('--reasoning <usd>', 'of what it thinks (default: as output)')
    .option('--per-call <usd>', 'of each call besides')
    .option('--from <time>', 'from when on, as 2027-01-01T00:00:00Z; earlier prices stay (default: always)')
    .option('--no-price', 'the price list says again what it costs')
    .option('--aliases <list>', 'other names that lead to it by comma, or none')
    .option('--fallbacks <list>', 'provider/model by comma, where calls go that it could not take, or none')
    .option('--max-output <tokens>', 'its largest output')
    .option('--context <tokens>', 'its context window')
    .option('--thinks <yes|no>', 'whether it may think where nobody sees it')
    .action(async (id: string, model: string, options: ProvidersModelOptions) =>
      finish(await providersModel(terminal, id, model, options)),
    )
}

const ways = (command: Command): Command =>
  command
    .option('--auth <way>', 'where its credential goes: bearer, x-api-key or api-key')
    .option('--retries <n>', 'how often to try again before anything was answered, 0 to 5 (default 1)')
    .option('--connect-timeout <seconds>', 'until a connection is there, 1 to 60 (default 5)')
    .option('--answer-timeout <seconds>', 'until its answer begins, 1 to 3600 (default 600)')
    .option('--idle-timeout <seconds>', 'between two pieces of an answer, 1 to 86400 (default 900)')
    .option('--total-timeout <seconds>', 'for a whole call, 1 to 86400, or none (default)')

const credential = (command: Command): Command =>
  command
    .option('--credential-file <path>', 'file that holds the credential; - is stdin')
    .option('--credential-env <name>', 'variable that holds the credential')
