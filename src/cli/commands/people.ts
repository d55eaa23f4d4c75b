import type { Command } from 'commander'
import { members } from '../member-facts.ts'
import { type MembersAddOptions, membersAdd } from '../members-add.ts'
import { type MembersListOptions, membersList } from '../members-list.ts'
import { type MembersUpdateOptions, membersUpdate } from '../members-update.ts'
import { removeOne } from '../remove-one.ts'
import { teams } from '../team-facts.ts'
import { type TeamsCreateOptions, teamsCreate } from '../teams-create.ts'
import { type TeamsUpdateOptions, teamsUpdate } from '../teams-update.ts'
import { addGet, addList, addRemove, changing, listed, type Site, styled } from './options.ts'

export function addPeople(program: Command, site: Site): void {
  addMembers(program.command('members').description('The people of the organization.'), site)
  addTeams(program.command('teams').description('Teams.'), site)
}

const roles = 'owner, admin, member or auditor'
const whoLeaves =
  'Keys and management tokens of this person are refused from now on; keys of teams and of their apps go on:\n'

function addMembers(parent: Command, site: Site): void {
  const { terminal, finish } = site
  styled(parent.command('add <email>'))
    .description('Add a person to the organization.')
    .option('--name <name>', 'name for people (default: the address)')
    .option('--role <role>', `${roles} (default member)`)
    .action(async (email: string, options: MembersAddOptions) => finish(await membersAdd(terminal, email, options)))
  listed(parent.command('list'))
    .description('List the people of the organization.')
    .option('--role <role>', `only those who are ${roles}`)
    .action(async (options: MembersListOptions) => finish(await membersList(terminal, options)))
  addGet(parent, site, members, 'Show one person, by e-mail address or id.')
  changing(parent.command('update <id>'))
    .description('Change a person, named by e-mail address or id.')
    .option('--name <name>', 'another name')
    .option('--role <role>', roles)
    .option('--operator <yes|no>', 'whether this person stands above organizations; takes an operator')
    .action(async (id: string, options: MembersUpdateOptions) => finish(await membersUpdate(terminal, id, options)))
  const remove = removeOne(members, { ended: 'removed', force: 'refused', aside: whoLeaves })
  const about = 'Remove a person, named by e-mail address or id; keys that this person owns are refused from then on.'
  addRemove(parent, site, 'remove <id>', about, remove)
}

function addTeams(parent: Command, site: Site): void {
  const { terminal, finish } = site
  styled(parent.command('create <slug>'))
    .description('Create a team.')
    .option('--name <name>', 'name for people')
    .option('--members <list>', 'e-mail addresses or ids of its members by comma')
    .action(async (slug: string, options: TeamsCreateOptions) => finish(await teamsCreate(terminal, slug, options)))
  addList(parent, site, teams, 'List teams.')
  addGet(parent, site, teams, 'Show one team.')
  changing(parent.command('update <id>'))
    .description('Change a team.')
    .option('--name <name>', 'another name')
    .option('--slug <slug>', 'another slug')
    .option('--members <list>', 'all of its members, e-mail addresses or ids by comma, or none')
    .option('--add <list>', 'members by comma who join it')
    .option('--remove <list>', 'members by comma who leave it')
    .action(async (id: string, options: TeamsUpdateOptions) => finish(await teamsUpdate(terminal, id, options)))
  addRemove(parent, site, 'delete <id>', 'Delete a team.', removeOne(teams, { ended: 'deleted' }))
}
