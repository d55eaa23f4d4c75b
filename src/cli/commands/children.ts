import type { Command } from 'commander'
import { type ChildrenCreateOptions, childrenCreate, childrenList, childrenRevoke } from '../children.ts'
import type { ListOptions } from '../list.ts'
import type { Style } from '../print.ts'
import { collect, paged, type Site, styled, waiting } from './options.ts'

export function addChildren(program: Command, { terminal, finish }: Site): void {
  const parent = program.command('children').description('Child tokens: short-lived, and narrower than their key.')
  styled(parent.command('create <key>'))
    .description('Make a child token of a key; it is printed once.')
    .option('--ttl <seconds>', 'how long it lives, 1 to 86400 (default 3600)')
    .option('--servers <choice>', 'none, or slugs by comma: of the MCP servers of its key')
    .option('--except-servers <list>', 'all MCP servers of its key but these')
    .option('--tools <server=choice>', 'none, or tools by comma, of one server; once for each server', collect)
    .option('--tools-default <choice>', 'all or none: tools of servers that --tools does not name')
    .option('--providers <choice>', 'none, or slugs by comma: of the LLM providers of its key')
    .option('--models <choice>', 'none, or models by comma')
    .option('--addresses <cidrs>', 'addresses and CIDRs by comma from which it may be used')
    .action(async (key: string, options: ChildrenCreateOptions) => finish(await childrenCreate(terminal, key, options)))
  paged(parent.command('list <key>'))
    .description('List the children of a key, those that ended within a week too.')
    .action(async (key: string, options: ListOptions) => finish(await childrenList(terminal, key, options)))
  waiting(styled(parent.command('revoke <key> <child>')))
    .description('End one child of a key, and what was made of it.')
    .action(async (key: string, child: string, options: Style & { wait?: string }) =>
      finish(await childrenRevoke(terminal, key, child, options)),
    )
}
