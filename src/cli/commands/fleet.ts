import type { Command } from 'commander'
import { gatewaysList } from '../gateways-list.ts'
import type { ListOptions } from '../list.ts'
import { paged, type Site } from './options.ts'

export function addFleet(program: Command, { terminal, finish }: Site): void {
  const gateways = program.command('gateways').description('Gateways.')
  paged(gateways.command('list'))
    .description('List gateways: who is online, and how far behind.')
    .action(async (options: ListOptions) => finish(await gatewaysList(terminal, options)))
}
