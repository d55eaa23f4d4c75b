import type { Command } from 'commander'
import type { Style } from '../print.ts'
import { projects } from '../project-facts.ts'
import { type ProjectsCreateOptions, projectsCreate } from '../projects-create.ts'
import { projectsGet } from '../projects-get.ts'
import { type ProjectsUpdateOptions, projectsUpdate } from '../projects-update.ts'
import { removeOne } from '../remove-one.ts'
import { addList, addRemove, changing, type Site, styled } from './options.ts'

export function addProjects(program: Command, site: Site): void {
  const { terminal, finish } = site
  const parent = program.command('projects').description('Projects: servers, providers and apps of one tier.')
  styled(parent.command('create <slug>'))
    .description('Create a project.')
    .option('--name <name>', 'name for people')
    .option('--tier <tier>', 'development, staging or production (default development)')
    .action(async (slug: string, options: ProjectsCreateOptions) =>
      finish(await projectsCreate(terminal, slug, options)),
    )
  addList(parent, site, projects, 'List projects.')
  styled(parent.command('get <id>'))
    .description('Show one project, with what uses it.')
    .action(async (id: string, style: Style) => finish(await projectsGet(terminal, id, style)))
  changing(parent.command('update <id>'))
    .description('Change a project; another tier lists what it touches and asks first.')
    .option('--name <name>', 'another name')
    .option('--slug <slug>', 'another slug')
    .option('--tier <tier>', 'development, staging or production')
    .option('--default', 'make it the project of whatever names none')
    .option('--yes', 'say yes to what another tier touches, without being asked')
    .action(async (id: string, options: ProjectsUpdateOptions) => finish(await projectsUpdate(terminal, id, options)))
  const remove = removeOne(projects, { ended: 'deleted' })
  addRemove(parent, site, 'delete <id>', 'Delete a project that nothing uses.', remove)
}
