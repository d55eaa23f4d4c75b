import type { Command } from 'commander'
import { catalog } from '../catalog.ts'
import { type ExplainOptions, explain } from '../explain.ts'
import type { ListOptions } from '../list.ts'
import { paged, type Site, styled } from './options.ts'

export function addAccess(program: Command, { terminal, finish }: Site): void {
  styled(program.command('explain'))
    .description('Say whether a key may make a call, and if not, why; nothing is called. Ends with 3 when it may not.')
    .option('--key <id>', 'the key')
    .option('--child <id>', 'or a child token of it (chd_…)')
    .option('--server <id>', 'MCP server that it would call')
    .option('--tool <name>', 'tool of that server')
    .option('--method <name>', 'MCP method (default tools/call with a tool, else initialize)')
    .option('--model <name>', 'or the model that it would call')
    .option('--provider <id>', 'LLM provider of that model (default: the only one that offers it)')
    .option('--address <ip>', 'address of the caller (default: one that the key admits)')
    .option('--gateway <name>', 'gateway that it would call (default: one that the key admits)')
    .option('--at <time>', 'ISO time in UTC (default: now)')
    .action(async (options: ExplainOptions) => finish(await explain(terminal, options)))
  paged(program.command('catalog'))
    .description('List the servers and providers that you may give to your keys, through any catalog.')
    .action(async (options: ListOptions) => finish(await catalog(terminal, options)))
}
