import type { Command } from 'commander'
import { type SessionsEndOptions, type SessionsListOptions, sessionsEnd, sessionsList } from '../sessions.ts'
import { paged, type Site, styled } from './options.ts'

export function addSessions(program: Command, { terminal, finish }: Site): void {
  const parent = program.command('sessions').description('Browsers that are signed in.')
  paged(parent.command('list'))
    .description('List the browsers that you are signed in with, or those of a person.')
    .option('--member <member>', 'e-mail address or id of somebody else')
    .action(async (options: SessionsListOptions) => finish(await sessionsList(terminal, options)))
  styled(parent.command('end [id]'))
    .description('Sign a browser out, or every browser of a person.')
    .option('--member <member>', 'e-mail address or id of the person')
    .action(async (id: string | undefined, options: SessionsEndOptions) =>
      finish(await sessionsEnd(terminal, id, options)),
    )
}
