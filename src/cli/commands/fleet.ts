import type { Command } from 'commander'
import { type AuditListOptions, auditList } from '../audit-list.ts'
import { gatewaysList } from '../gateways-list.ts'
import type { ListOptions } from '../list.ts'
import { paged, type Site } from './options.ts'

export function addFleet(program: Command, { terminal, finish }: Site): void {
  const gateways = program.command('gateways').description('Gateways.')
  paged(gateways.command('list'))
    .description('List gateways: who is online, and how far behind.')
    .action(async (options: ListOptions) => finish(await gatewaysList(terminal, options)))
  const audit = program.command('audit').description('Audit events.')
  paged(audit.command('list'))
    .description('List audit events, newest first.')
    .option('--subject <id>', 'what was acted on')
    .option('--actor <id>', 'who acted: a member, or bootstrap')
    .option('--action <action>', 'what was done, like key.revoked')
    .option('--from <time>', 'not before this ISO time in UTC')
    .option('--to <time>', 'before this ISO time in UTC')
    .action(async (options: AuditListOptions) => finish(await auditList(terminal, options)))
}
