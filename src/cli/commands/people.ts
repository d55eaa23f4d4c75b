import type { Command } from 'commander'
import { members } from '../member-facts.ts'
import { type MembersAddOptions, membersAdd } from '../members-add.ts'
import { membersTurn } from '../members-leave.ts'
import { membersLeaving } from '../members-leaving.ts'
import { type MembersListOptions, membersList } from '../members-list.ts'
import { membersTransfer, type TransferOptions } from '../members-transfer.ts'
import { type MembersUpdateOptions, membersUpdate } from '../members-update.ts'
import type { Style } from '../print.ts'
import { removeOne } from '../remove-one.ts'
import { teams } from '../team-facts.ts'
import { type TeamsCreateOptions, teamsCreate } from '../teams-create.ts'
import { type TeamsUpdateOptions, teamsUpdate } from '../teams-update.ts'
import type { VerbOptions } from '../verb-one.ts'
import { addGet, addList, addRemove, changing, listed, type Site, styled, waiting } from './options.ts'
import { addRecover } from './recover.ts'

export function addPeople(program: Command, site: Site): void {
  const people = program.command('members').description('The people of the organization.')
  addMembers(people, site)
  addRecover(people, site)
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
    .option('--status <status>', 'only those who are invited, active or deactivated')
    .action(async (options: MembersListOptions) => finish(await membersList(terminal, options)))
  addGet(parent, site, members, 'Show one person, by e-mail address or id.')
  changing(parent.command('update <id>'))
    .description('Change a person, named by e-mail address or id.')
    .option('--name <name>', 'another name')
    .option('--role <role>', roles)
    .option('--operator <yes|no>', 'whether this person stands above organizations; takes an operator')
    .action(async (id: string, options: MembersUpdateOptions) => finish(await membersUpdate(terminal, id, options)))
  addLeaving(parent, site)
  const remove = removeOne(members, { ended: 'removed', force: 'refused', aside: whoLeaves })
  const about = 'Remove a person, named by e-mail address or id; keys that this person owns are refused from then on.'
  addRemove(parent, site, 'remove <id>', about, remove)
}

function addLeaving(parent: Command, { terminal, finish }: Site): void {
  const turns = [
    ['deactivate', 'Keep a person out: sessions, tokens and personal keys end until this person is activated.'],
    ['activate', 'Let a deactivated person in again, with the keys that were suspended because of it.'],
  ] as const
  for (const [verb, about] of turns)
    waiting(styled(parent.command(`${verb} <id>`)))
      .description(`${about} Named by e-mail address or id.`)
      .option('--reason <text>', 'why, for the audit log')
      .action(async (id: string, options: VerbOptions) => finish(await membersTurn(verb)(terminal, id, options)))
  styled(parent.command('leaving <id>'))
    .description('Show what a person owns and who might take it over; a removed one is named by id.')
    .action(async (id: string, style: Style) => finish(await membersLeaving(terminal, id, style)))
  waiting(styled(parent.command('transfer <id>')))
    .description('Hand on what somebody left who was deactivated or removed. Old secrets end; the heir gets links.')
    .option('--to <heir>', 'team by slug or id, or member by e-mail address or id')
    .option('--keys <list>', 'ids of keys by comma (default: everything)')
    .option('--apps <list>', 'apps by comma, with their keys (default: everything)')
    .option('--reason <text>', 'why, for the audit log')
    .option('--dry-run', 'show what each key would lose, and change nothing')
    .action(async (id: string, options: TransferOptions) => finish(await membersTransfer(terminal, id, options)))
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
