import type { Command } from 'commander'
import { type RequestsOptions, requests } from '../requests.ts'
import { showUsage, type UsageOptions } from '../usage.ts'
import { collect, paged, type Site, styled } from './options.ts'

const filters = (command: Command): Command =>
  command
    .option('--key <id>', 'only of this key')
    .option('--mine', 'only of what is your own')
    .option('--owner <id>', 'only of this member (or e-mail address), team or app')
    .option('--project <id>', 'only in this project')
    .option('--server <id>', 'only to this MCP server')
    .option('--tool <name>', 'only of this tool')
    .option('--provider <id>', 'only to this LLM provider')
    .option('--model <name>', 'only of this model')
    .option('--kind <kind>', 'mcp or llm')
    .option('--from <time>', 'not before this ISO time in UTC')
    .option('--to <time>', 'before this ISO time in UTC')

const table = (command: Command): Command =>
  command
    .option('--csv', 'everything as CSV')
    .option('--out <file>', 'with --csv: a new file, readable by its owner alone (default: stdout)')

export function addRequests(program: Command, { terminal, finish }: Site): void {
  table(filters(paged(program.command('requests'))))
    .description('Show calls of keys, newest first; nothing of what was said in them.')
    .option('--status <status>', 'only those that were answered so, like 403')
    .option('--code <code>', 'only those that were refused so, like budget_exceeded')
    .option('--refused', 'only those that were refused here')
    .option('--admitted', 'only the others')
    .option('--address <address>', 'only from this IP address, or a network like 10.1.0.0/16 (/8, /16 or /24)')
    .option('--client <text>', 'only of clients with this in what they call themselves')
    .option('--metadata <name=value>', 'only where the key had this in its metadata; may be given again', collect)
    .action(async (options: RequestsOptions) => finish(await requests(terminal, options)))
  table(filters(styled(program.command('usage'))))
    .description('Add up requests, tokens and cost, of the last 30 days unless --from says otherwise.')
    .option(
      '--by <what>',
      'key (default), owner, team, app, project, environment, server, tool, provider, model, status, hour, day, metadata.<name>',
    )
    .option('--limit <n>', 'rows, 1 to 1000 (default 50); the others are added up')
    .action(async (options: UsageOptions) => finish(await showUsage(terminal, options)))
}
