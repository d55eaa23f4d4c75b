import type { Command } from 'commander'
import {
  type IdentityProvidersAddOptions,
  type IdentityProvidersUpdateOptions,
  identityProviders,
  identityProvidersAdd,
  identityProvidersTest,
  identityProvidersUpdate,
} from '../identity-providers.ts'
import type { Style } from '../print.ts'
import { removeOne } from '../remove-one.ts'
import { showOne } from '../show-one.ts'
import { addList, addRemove, changing, collect, type Site, styled } from './options.ts'

export function addIdentityProviders(program: Command, site: Site): void {
  const { terminal, finish } = site
  const parent = program
    .command('identity-providers')
    .description('Single sign-on: identity providers (OpenID Connect) over which people sign in.')
  settings(styled(parent.command('add <slug>')))
    .description('Add an identity provider; shows the redirect URI to register there.')
    .requiredOption('--issuer <url>', 'its issuer, as in its discovery document')
    .requiredOption('--client-id <id>', 'what Ostiary is called there')
    .action(async (slug: string, options: IdentityProvidersAddOptions) =>
      finish(await identityProvidersAdd(terminal, slug, options)),
    )
  addList(parent, site, identityProviders, 'List identity providers.')
  styled(parent.command('show <id>'))
    .alias('get')
    .description('Show one identity provider.')
    .action(async (id: string, style: Style) => finish(await showOne(identityProviders)(terminal, id, style)))
  settings(changing(parent.command('update <id>')))
    .description('Change an identity provider; its issuer and client stay.')
    .option('--slug <slug>', 'another slug')
    .option('--state <state>', 'active or disabled')
    .option('--no-client-secret', 'take its client secret away')
    .action(async (id: string, options: IdentityProvidersUpdateOptions) =>
      finish(await identityProvidersUpdate(terminal, id, options)),
    )
  const remove = removeOne(identityProviders, { ended: 'deleted' })
  addRemove(parent, site, 'delete <id>', 'Delete an identity provider.', remove)
  styled(parent.command('test <id>'))
    .description('Ask an identity provider what it says of itself.')
    .action(async (id: string, style: Style) => finish(await identityProvidersTest(terminal, id, style)))
}

const settings = (command: Command): Command =>
  command
    .option('--name <name>', 'name for people')
    .option('--client-secret-file <path>', 'file that holds the secret of the client; - is stdin')
    .option('--domains <list>', 'domains by comma of whose addresses it may speak')
    .option('--provisioning <way>', 'off (default), or by-domain: the first sign-in makes a member')
    .option('--default-role <role>', 'role of a new member: member (default), auditor or admin')
    .option('--groups-claim <name>', 'claim that holds the groups, or none')
    .option('--group <rule>', 'GROUP=team:SLUG,role:ROLE; may be given again; none: no rules', collect)
    .option('--second-factor <yes|no>', 'whether it asks for a second factor itself (default no)')
    .option('--scopes <list>', 'scopes by comma (default openid,email,profile)')
