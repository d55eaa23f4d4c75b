import type { Command } from 'commander'
import { keys } from '../key-facts.ts'
import { keysTemplates } from '../key-templates.ts'
import { keysAccess } from '../keys-access.ts'
import { type KeysCreateOptions, keysCreate } from '../keys-create.ts'
import { type KeysListOptions, keysList } from '../keys-list.ts'
import { type KeysUpdateOptions, keysUpdate } from '../keys-update.ts'
import type { Style } from '../print.ts'
import { addKeyLife } from './key-life.ts'
import { addManyKeys } from './key-many.ts'
import { addGet, changing, collect, filtered, listed, type Site, styled } from './options.ts'

export function addKeys(program: Command, site: Site): void {
  const parent = program.command('keys').description('Inbound keys.')
  addMaking(parent, site)
  addReading(parent, site)
  addChanging(parent, site)
  addKeyLife(parent, site)
  addManyKeys(parent, site)
}

function addMaking(parent: Command, { terminal, finish }: Site): void {
  rights(styled(parent.command('create <name>')))
    .description('Create a key; its secret is printed once.')
    .option(
      '--owner <member>',
      'member who owns it, by e-mail address or id; prints a link for him instead of the secret',
    )
    .option('--team <id>', 'team that owns it (default: you)')
    .option('--app <id>', 'app that owns it, while it has no key')
    .option('--template <id>', 'begin with a template: ostiary keys templates')
    .option('--inactive', 'create it switched off')
    .option('--url', 'for clients that take only an address: the secret is part of it, MCP only')
    .option('--honey', 'a decoy: never admitted, and its use raises an alarm')
    .option('--ephemeral [seconds]', 'no key but one token that ends by itself (default 3600 seconds)')
    .action(async (name: string, options: KeysCreateOptions) => finish(await keysCreate(terminal, name, options)))
  styled(parent.command('templates'))
    .description('List templates: what a key for a purpose begins with.')
    .action(async (style: Style) => finish(await keysTemplates(terminal, style)))
}

function addReading(parent: Command, site: Site): void {
  const { terminal, finish } = site
  filtered(listed(parent.command('list')))
    .description('List keys.')
    .option(
      '--sort <by>',
      'name, owner, status, createdAt, expiresAt, lastUsedAt, requests or share; - in front turns it',
    )
    .action(async (options: KeysListOptions) => finish(await keysList(terminal, options)))
  addGet(parent, site, keys, 'Show one key, without its secret.')
  styled(parent.command('access <id>'))
    .description('Show what a key may call now: its own choices, cut by its app and by what its owner reaches.')
    .action(async (id: string, style: Style) => finish(await keysAccess(terminal, id, style)))
}

function addChanging(parent: Command, { terminal, finish }: Site): void {
  rights(changing(parent.command('update <id>')))
    .description('Change what a key may do; only what is given changes, its secret stays.')
    .option('--name <name>', 'another name')
    .action(async (id: string, options: KeysUpdateOptions) => finish(await keysUpdate(terminal, id, options)))
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
    .option('--all-servers-reason <text>', 'why it needs all servers, where a policy asks for that, or none')
    .option('--gateways <choice>', 'all, none, or gateways by comma that take it (new key: all)')
    .option('--expires <when>', 'never, 30d, 60d, 90d, 180d, 1y, or an ISO time in UTC')
    .option('--description <text>', 'what it is for')
    .option('--addresses <cidrs>', 'any, or addresses and CIDRs by comma from which it may be used')
    .option('--max-staleness <seconds>', 'how long a gateway without contact may still decide, 5 to 86400')
    .option('--rpm <count>', 'requests a minute over all gateways, or none (new key: none)')
    .option('--tpm <count>', 'tokens of models a minute, or none (new key: none)')
    .option('--concurrent <count>', 'calls at the same time, or none (new key: none)')
    .option('--streams <count>', 'open streams at the same time, or none (new key: 100)')
    .option('--detached <word>', 'what its limits do without contact to control: share (new key) or closed')
    .option('--budget <usd/period:percentages>', '25/month:50,80,100; once for each period, or none', collect)
    .option('--tags <list>', 'tags by comma, or none')
    .option('--metadata <json>', 'a JSON object that stands in every log line of the key; no secrets')
    .option('--pin-network <yes|no>', 'of a URL key: only the first network that uses it may')
    .option('--rotate-every <days>', 'a new secret every so many days, or never')
    .option('--deliver-to <webhook>', 'id of the webhook that gets it; without one its owner is reminded')
    .option('--rotate-grace <seconds>', 'how long the old secret lives once the new one is used (default 86400)')
