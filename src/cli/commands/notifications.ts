import type { Command } from 'commander'
import { type InboxOptions, notificationsList, notificationsMail, notificationsRead } from '../notifications.ts'
import type { Style } from '../print.ts'
import { paged, type Site, styled } from './options.ts'

export function addNotifications(program: Command, { terminal, finish }: Site): void {
  const parent = program.command('notifications').description('What you are told of, and how.')
  paged(parent.command('list'))
    .description('Show your inbox, newest first.')
    .option('--unread', 'only what you have not read')
    .action(async (options: InboxOptions) => finish(await notificationsList(terminal, options)))
  styled(parent.command('read [ids...]'))
    .description('Mark notices as read: those that are named, or all.')
    .action(async (ids: string[], style: Style) => finish(await notificationsRead(terminal, ids, style)))
  styled(parent.command('mail [when]'))
    .description('Show or change how you are told by mail: at-once, daily or off.')
    .action(async (when: string | undefined, style: Style) => finish(await notificationsMail(terminal, when, style)))
}
