import type { Command } from 'commander'
import { apps } from '../app-facts.ts'
import { type AppsCloneOptions, appsClone } from '../apps-clone.ts'
import { type AppsCreateOptions, appsCreate } from '../apps-create.ts'
import { appsRegenerateKey } from '../apps-regenerate-key.ts'
import { type AppsUpdateOptions, appsUpdate } from '../apps-update.ts'
import { type OwnedOptions, printOwned } from '../owned-list.ts'
import { removeOne } from '../remove-one.ts'
import { addGet, addRemove, changing, collect, listed, type Site, styled } from './options.ts'

export function addApps(program: Command, site: Site): void {
  const { terminal, finish } = site
  const parent = program.command('apps').description('Apps: consumers with tools of their own and one key each.')
  rights(styled(parent.command('create <name>')))
    .description('Create an app with its key, whose secret is printed once.')
    .option('--slug <slug>', 'short name (default: made of the name)')
    .option('--project <id>', 'project it lives in (default: the default project)')
    .option('--expires <when>', 'of its key: never, 30d, 60d, 90d, 180d or 1y (default never)')
    .option('--all-servers-reason <text>', 'why it needs all servers, where a policy asks for that')
    .action(async (name: string, options: AppsCreateOptions) => finish(await appsCreate(terminal, name, options)))
  listed(parent.command('list'))
    .description('List apps.')
    .option('--project <id>', 'only those of this project')
    .option('--mine', 'only those that you own yourself')
    .option('--owner <id>', 'only those of this member (or e-mail address) or team')
    .action(async (options: OwnedOptions) => finish(await printOwned(terminal, apps, options)))
  addGet(parent, site, apps, 'Show one app.')
  rights(changing(parent.command('update <id>')))
    .description('Change an app; --tools changes the servers that it names, the others stay.')
    .option('--name <name>', 'another name')
    .option('--slug <slug>', 'another slug')
    .action(async (id: string, options: AppsUpdateOptions) => finish(await appsUpdate(terminal, id, options)))
  const remove = removeOne(apps, { ended: 'deleted', force: 'refused', aside: 'Its key is refused from now on:\n' })
  addRemove(parent, site, 'delete <id>', 'Delete an app; its key is refused from then on.', remove)
  const again = 'Give the key of an app a new secret, printed once; the one before it is refused from then on.'
  addRemove(parent, site, 'regenerate-key <id>', again, appsRegenerateKey)
  styled(parent.command('clone <id> <name>'))
    .description('Create an app like another one, with a key of its own, whose secret is printed once.')
    .option('--slug <slug>', 'short name (default: made of the name)')
    .action(async (id: string, name: string, options: AppsCloneOptions) =>
      finish(await appsClone(terminal, id, name, options)),
    )
}

const rights = (command: Command): Command =>
  command
    .option('--team <id>', 'team that owns it (new app: you)')
    .option('--owner <member>', 'or the member who owns it, by e-mail address or id')
    .option('--tools <server=choice>', 'all, none, or tools by comma, of one server; once for each server', collect)
    .option('--tools-default <choice>', 'all or none: tools of servers that --tools does not name (new app: none)')
