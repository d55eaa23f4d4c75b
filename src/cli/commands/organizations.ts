import type { Command } from 'commander'
import { type ListOptions, printList } from '../list.ts'
import { organizations } from '../organization-facts.ts'
import { type OrganizationsCreateOptions, organizationsCreate } from '../organizations-create.ts'
import { type OrganizationsUpdateOptions, organizationsUpdate } from '../organizations-update.ts'
import { type PoliciesSetOptions, policiesGet, policiesSet } from '../policies.ts'
import type { Style } from '../print.ts'
import { removeOne } from '../remove-one.ts'
import { tokens } from '../token-facts.ts'
import { type TokensCreateOptions, tokensCreate } from '../tokens-create.ts'
import { addGet, addList, changing, paged, type Site, styled, waiting } from './options.ts'

/** What is about the organization as a whole, and the tokens with which it is managed. */
export function addOrganizations(program: Command, site: Site): void {
  const { terminal, finish } = site
  const parent = program.command('organizations').description('Organizations.')
  styled(parent.command('create <slug>'))
    .description('Found an organization; takes an operator. The link for its first owner is printed once.')
    .option('--name <name>', 'name for people (default: the slug)')
    .requiredOption('--owner-email <address>', 'address of its first owner')
    .option('--owner-name <name>', 'name of its first owner (default: the address)')
    .action(async (slug: string, options: OrganizationsCreateOptions) =>
      finish(await organizationsCreate(terminal, slug, options)),
    )
  addList(parent, site, organizations, 'List organizations: all for an operator, else your own.')
  addGet(parent, site, organizations, 'Show one organization.')
  changing(parent.command('update <id>'))
    .description('Change an organization.')
    .option('--name <name>', 'another name')
    .option('--slug <slug>', 'another slug')
    .option('--max-staleness <seconds>', 'how long a gateway without contact may still decide, 5 to 86400')
    .action(async (id: string, options: OrganizationsUpdateOptions) =>
      finish(await organizationsUpdate(terminal, id, options)),
    )
}

export function addPolicies(program: Command, { terminal, finish }: Site): void {
  const parent = program.command('policies').description('Rules for the whole organization.')
  styled(parent.command('get'))
    .alias('show')
    .description('Show the policies.')
    .action(async (style: Style) => finish(await policiesGet(terminal, style)))
  waiting(styled(parent.command('set')))
    .description('Change the policies.')
    .option(
      '--mixed-environments <policy>',
      'refused or with-reason: whether a key may hold projects of different tiers',
    )
    .option('--max-staleness <seconds>', 'how long a gateway without contact may still decide, 5 to 86400')
    .option('--url-keys <policy>', 'on or off: whether keys may stand in an address')
    .option('--default-expires <when>', 'of keys that do not say: never, 30d, 60d, 90d, 180d or 1y')
    .option('--max-expires <when>', 'how long a key may live at most: never (no limit), 30d, 60d, 90d, 180d or 1y')
    .option('--max-age-days <days>', 'days after which a secret is due for rotation, or none')
    .option('--name-template <text>', 'what names must look like, * for anything: team-*, or none')
    .option('--leak-action <policy>', 'suspend or revoke: what happens to a key whose secret was found')
    .option('--max-child-seconds <seconds>', 'longest life of a child token, 1 to 86400')
    .option('--max-rotations-per-hour <percent>', 'of all keys, by schedules: 1 to 100')
    .option('--blackouts <json>', 'when no schedule rotates: [{"days":["sat"],"from":"22:00","to":"06:00"}], or none')
    .option('--requests-kept <days>', 'how long calls stay in the log of requests: 1 to 3650')
    .option('--time-zone <name>', 'where days, weeks and months of budgets begin: Europe/Zurich')
    .option('--private-networks <list>', 'networks beyond the public ones that servers may be in: 10.0.0.0/8, or none')
    .option('--all-servers <policy>', 'allowed, with-reason or refused: whether keys may have all servers')
    .option('--addresses <list>', 'from where keys may be used at all: 10.0.0.0/8,2001:db8::/32, or any')
    .option(
      '--ceilings <json>',
      'how far members serve themselves: {"requestsPerMinute":60,"maxExpiresIn":"90d"}, or none',
    )
    .option('--tier <tier>', 'say it for keys of development, staging or production alone')
    .option('--tiers <json>', 'all that is said for tiers, anew: {"production":{"maxExpiresIn":"90d"}}, or none')
    .option('--second-factor-roles <list>', 'whose sign-in needs a second factor: owner,admin, or none')
    .option('--password-sign-in <policy>', 'on, or off where people come in through an identity provider')
    .option('--session-idle <minutes>', 'a browser that did nothing for so long is signed out: 5 to 43200')
    .option('--session-max <hours>', 'and after so long in any case: 1 to 2160')
    .option('--dry-run', 'list the keys that it would touch, and change nothing')
    .option('--yes', 'do it without asking, whatever keys it touches')
    .action(async (options: PoliciesSetOptions) => finish(await policiesSet(terminal, options)))
}

export function addTokens(program: Command, { terminal, finish }: Site): void {
  const parent = program.command('tokens').description('Management tokens, for this command line and REST.')
  const resource = tokens(terminal.now)
  styled(parent.command('create <name>'))
    .description('Make a management token; its secret is printed once.')
    .requiredOption('--scopes <list>', '* (everything you may), or rights like keys:read,servers:write by comma')
    .option('--expires <when>', 'never, 30d, 60d, 90d, 180d, 1y, or an ISO time in UTC')
    .option('--member <id>', 'whose token it is, by e-mail address or id (default: yours)')
    .option('--organization <id>', 'organization it is for; takes an operator (default: yours)')
    .action(async (name: string, options: TokensCreateOptions) => finish(await tokensCreate(terminal, name, options)))
  paged(parent.command('list'))
    .description('List management tokens, newest first.')
    .action(async (options: ListOptions) => finish(await printList(terminal, resource, options)))
  const revoke = removeOne(resource, { ended: 'revoked' })
  styled(parent.command('revoke <id>'))
    .description('Revoke a management token for good.')
    .action(async (id: string, style: Style) => finish(await revoke(terminal, id, style)))
}
