import type { Command } from 'commander'
import { invitations } from '../invitation-facts.ts'
import { type InvitationsListOptions, invitationsList } from '../invitations-list.ts'
import { invitationsWithdraw, type WithdrawOptions } from '../invitations-withdraw.ts'
import type { Style } from '../print.ts'
import { nothing, verbOne } from '../verb-one.ts'
import { addGet, paged, type Site, styled } from './options.ts'

/** They are made with the person: `ostiary members add`. */
export function addInvitations(program: Command, site: Site): void {
  const { terminal, finish } = site
  const parent = program.command('invitations').description('Links with which people come in for the first time.')
  paged(parent.command('list'))
    .description('List invitations, the newest first.')
    .option('--state <state>', 'only those that are open, accepted, withdrawn or expired')
    .action(async (options: InvitationsListOptions) => finish(await invitationsList(terminal, options)))
  addGet(parent, site, invitations, 'Show one invitation, by id or the e-mail address that it went to.')
  styled(parent.command('withdraw <id>'))
    .description('End the link of an invitation, named by id or e-mail address.')
    .option('--remove-member', 'remove the person, too, who has not come in yet')
    .action(async (id: string, options: WithdrawOptions) => finish(await invitationsWithdraw(terminal, id, options)))
  styled(parent.command('resend <id>'))
    .description('Make a new link for an invitation that is open or has expired; the old link ends.')
    .action(async (id: string, options: Style) =>
      finish(await verbOne(terminal, { resource: invitations, id }, { path: 'resend' }, nothing, options)),
    )
}
