import type { Command } from 'commander'
import { keys } from '../key-facts.ts'
import { keysAccess } from '../keys-access.ts'
import { type KeysCreateOptions, keysCreate } from '../keys-create.ts'
import { type KeysListOptions, keysList } from '../keys-list.ts'
import { keysRevoke, type RevokeOptions } from '../keys-revoke.ts'
import { type KeysUpdateOptions, keysUpdate } from '../keys-update.ts'
import type { Style } from '../print.ts'
import { removeOne } from '../remove-one.ts'
import { addGet, addRemove, changing, collect, listed, type Site, styled, waiting } from './options.ts'

export function addKeys(program: Command, site: Site): void {
  const parent = program.command('keys').description('Inbound keys.')
  addMaking(parent, site)
  addReading(parent, site)
  addChanging(parent, site)
}

function addMaking(parent: Command, { terminal, finish }: Site): void {
  rights(styled(parent.command('create <name>')))
    .description('Create a key; its secret is printed once.')
    .option('--team <id>', 'team that owns it (default: you)')
    .option('--app <id>', 'app that owns it, while it has no key')
    .option('--inactive', 'create it switched off')
    .action(async (name: string, options: KeysCreateOptions) => finish(await keysCreate(terminal, name, options)))
}

function addReading(parent: Command, site: Site): void {
  const { terminal, finish } = site
  listed(parent.command('list'))
    .description('List keys.')
    .option('--status <status>', 'active, inactive, expired or revoked')
    .option('--project <id>', 'only those that name this project')
    .option('--mine', 'only those that you own yourself')
    .option('--owner <id>', 'only those of this member (or e-mail address), team or app')
    .action(async (options: KeysListOptions) => finish(await keysList(terminal, options)))
  addGet(parent, site, keys, 'Show one key, without its secret.')
  styled(parent.command('access <id>'))
    .description('Show what a key may call now: its own choices, cut by its app and by what its owner reaches.')
    .action(async (id: string, style: Style) => finish(await keysAccess(terminal, id, style)))
}

function addChanging(parent: Command, site: Site): void {
  const { terminal, finish } = site
  rights(changing(parent.command('update <id>')))
    .description('Change what a key may do; only what is given changes, its secret stays.')
    .option('--name <name>', 'another name')
    .action(async (id: string, options: KeysUpdateOptions) => finish(await keysUpdate(terminal, id, options)))
  waiting(styled(parent.command('revoke <id>')).option('--reason <text>', 'for the audit log'))
    .description('Revoke a key for good; says which gateways refuse it already.')
    .action(async (id: string, options: RevokeOptions) => finish(await keysRevoke(terminal, id, options)))
  const remove = removeOne(keys, { ended: 'deleted', force: 'refused' })
  addRemove(parent, site, 'delete <id>', 'Revoke a key for good and take it out of the lists.', remove)
}

/** What a key may do. */
const rights = (command: Command): Command =>
  command
    .option('--servers <choice>', 'all, none, or slugs by comma: the MCP servers it may call')
    .option('--except-servers <list>', 'all MCP servers but these, slugs by comma')
    .option('--tools <server=choice>', 'all, none, or tools by comma, of one server; once for each server', collect)
    .option('--tools-default <choice>', 'all or none: tools of servers that --tools does not name (new key: all)')
    .option('--providers <choice>', 'all, none, or slugs by comma: the LLM providers it may call')
    .option('--models <choice>', 'all, none, or models by comma (new key: all)')
    .option(
      '--projects <list>',
      'projects by comma, or none: where it may call anything (new key: the default project)',
    )
    .option('--mixed-environments-reason <text>', 'why its projects are of different tiers, if that is allowed')
    .option('--gateways <choice>', 'all, none, or gateways by comma that take it (new key: all)')
    .option('--expires <when>', 'never, 30d, 60d, 90d, 180d, 1y, or an ISO time in UTC')
    .option('--description <text>', 'what it is for')
    .option('--addresses <cidrs>', 'any, or addresses and CIDRs by comma from which it may be used')
    .option('--max-staleness <seconds>', 'how long a gateway without contact may still decide, 5 to 86400')
