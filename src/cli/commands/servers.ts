import type { Command } from 'commander'
import { removeOne } from '../remove-one.ts'
import { servers } from '../server-facts.ts'
import { type ServersAddOptions, serversAdd } from '../servers-add.ts'
import { type ServersImportOptions, serversImport } from '../servers-import.ts'
import { type ServersTestOptions, serversTest } from '../servers-test.ts'
import { type ServersUpdateOptions, serversUpdate } from '../servers-update.ts'
import { addGet, addList, addRemove, changing, type Site, styled } from './options.ts'

export function addServers(program: Command, site: Site): void {
  const { terminal, finish } = site
  const parent = program.command('servers').description('MCP servers.')
  times(styled(parent.command('add <name> [command...]')))
    .description('Register an MCP server: --url for HTTP, or -- and the command that starts it.')
    .option('--url <url>', 'address of a streamable HTTP server')
    .option('--sse', 'it speaks HTTP+SSE of 2024-11-05')
    .option('--tool-price <tool=usd...>', 'what a call of a tool costs (echo=0.01); "*": of every other tool')
    .option('--per-gateway', 'each gateway runs children of its own (default: one in the fleet, for each user)')
    .option('--header <name>', 'header for the credential (default Authorization)')
    .option('--template <text>', 'its value, with {value} for the secret (default "Bearer {value}" for Authorization)')
    .option('--credential-file <path>', 'file that holds the credential; - is stdin')
    .option('--credential-env <name>', 'variable that holds the credential')
    .option('--env <name...>', 'variables of this terminal that the command gets')
    .option('--env-file <path>', 'file of NAME=value lines that the command gets')
    .option('--display-name <text>', 'name for people')
    .option('--project <slug>', 'project it belongs to')
    .option('--catalogs <list>', 'catalogs it joins by comma, or none (default: the one that new ones join)')
    .option('--wait <seconds>', 'how long to wait until it answered, 0 to 600 (default 15)')
    .option('--require-ready', 'exit with 1 unless it is ready by then')
    .action(async (name: string, command: string[], options: ServersAddOptions) =>
      finish(await serversAdd(terminal, name, command, options)),
    )
  addList(parent, site, servers, 'List servers with their health.')
  addGet(parent, site, servers, 'Show one server.')
  times(changing(parent.command('update <id>')))
    .description('Change a server; a new address needs its credential again.')
    .option('--display-name <text>', 'another name')
    .option('--slug <slug>', 'another slug; the old one answers for 30 days')
    .option('--url <url>', 'another address')
    .option('--sse', 'it speaks HTTP+SSE of 2024-11-05')
    .option('--header <name>', 'header for the credential (default Authorization)')
    .option('--template <text>', 'its value, with {value} for the secret')
    .option('--credential-file <path>', 'file that holds the credential; - is stdin')
    .option('--credential-env <name>', 'variable that holds the credential')
    .option('--no-credential', 'take its credential away')
    .option('--tool-price <tool=usd...>', 'what a call of a tool costs (echo=0.01, echo=none); others keep theirs')
    .option('--per-gateway <yes|no>', 'whether each gateway runs children of its own')
    .action(async (id: string, options: ServersUpdateOptions) => finish(await serversUpdate(terminal, id, options)))
  addRemove(parent, site, 'remove <id>', 'Remove a server.', removeOne(servers, { ended: 'removed' }))
  addVerbs(parent, site)
}

function addVerbs(parent: Command, { terminal, finish }: Site): void {
  styled(parent.command('test <id>'))
    .description('Have every attached gateway look at the server now, as it is saved.')
    .option('--wait <seconds>', 'how long to wait for gateways, 0 to 30 (default 10)')
    .action(async (id: string, options: ServersTestOptions) => finish(await serversTest(terminal, id, options)))
  styled(parent.command('import <file>'))
    .description("Register what a registry's server.json or a client's configuration names (- is stdin).")
    .option('--dry-run', 'say what would become of each, and make nothing')
    .option('--project <slug>', 'project they belong to')
    .option('--catalogs <list>', 'catalogs they join by comma, or none (default: the one that new ones join)')
    .option(
      '--set-env <name...>',
      'values that the document asks for, from variables of this terminal: NAME or NAME=VARIABLE',
    )
    .option('--variables-file <path>', 'the same from a file: JSON of names and values')
    .action(async (file: string, options: ServersImportOptions) => finish(await serversImport(terminal, file, options)))
}

const times = (command: Command): Command =>
  command
    .option('--connect-timeout <seconds>', 'until a connection is there, 1 to 60 (default 5)')
    .option('--answer-timeout <seconds>', 'until its answer begins, 1 to 3600 (default 60)')
    .option('--idle-timeout <seconds>', 'between two pieces of an answer, 1 to 86400 (default 900)')
    .option('--total-timeout <seconds>', 'for a whole call, 1 to 86400, or none (default)')
