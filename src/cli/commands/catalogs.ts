import type { Command } from 'commander'
import { catalogs } from '../catalog-facts.ts'
import { type CatalogsCreateOptions, catalogsCreate } from '../catalogs-create.ts'
import { type CatalogsUpdateOptions, catalogsUpdate } from '../catalogs-update.ts'
import { removeOne } from '../remove-one.ts'
import { addGet, addList, addRemove, changing, type Site, styled } from './options.ts'

export function addCatalogs(program: Command, site: Site): void {
  const { terminal, finish } = site
  const parent = program.command('catalogs').description('Sets of servers and providers, and who may use them.')
  contents(styled(parent.command('create <slug>')))
    .description('Create a catalog; without an audience nobody may use it.')
    .option('--name <name>', 'name for people')
    .option('--everyone', 'everyone of the organization may use it')
    .action(async (slug: string, options: CatalogsCreateOptions) =>
      finish(await catalogsCreate(terminal, slug, options)),
    )
  addList(parent, site, catalogs, 'List catalogs.')
  addGet(parent, site, catalogs, 'Show one catalog.')
  const update = contents(changing(parent.command('update <id>')))
    .description('Change a catalog; only what is given changes.')
    .option('--name <name>', 'another name')
    .option('--slug <slug>', 'another slug')
    .option('--everyone <yes|no>', 'whether everyone of the organization may use it')
  for (const thing of ['server', 'provider', 'team', 'member'])
    update
      .option(`--add-${thing} <list>`, `${thing}s by comma that join what is there`)
      .option(`--remove-${thing} <list>`, `${thing}s by comma that leave it`)
  update.action(async (id: string, options: CatalogsUpdateOptions) =>
    finish(await catalogsUpdate(terminal, id, options)),
  )
  const remove = removeOne(catalogs, { ended: 'deleted' })
  addRemove(parent, site, 'delete <id>', 'Delete a catalog; what only it opened is closed.', remove)
}

const contents = (command: Command): Command =>
  command
    .option('--servers <list>', 'all of its servers by comma, or none')
    .option('--providers <list>', 'all of its providers by comma, or none')
    .option('--teams <list>', 'all teams by comma that may use it, or none')
    .option('--members <list>', 'all members who may use it besides, e-mail addresses or ids by comma, or none')
