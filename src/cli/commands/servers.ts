import type { Command } from 'commander'
import { removeOne } from '../remove-one.ts'
import { servers } from '../server-facts.ts'
import { type ServersAddOptions, serversAdd } from '../servers-add.ts'
import { addGet, addList, addRemove, type Site, styled } from './options.ts'

export function addServers(program: Command, site: Site): void {
  const { terminal, finish } = site
  const parent = program.command('servers').description('MCP servers.')
  styled(parent.command('add <name> [command...]'))
    .description('Register an MCP server: --url for HTTP, or -- and the command that starts it.')
    .option('--url <url>', 'address of a streamable HTTP server')
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
  addRemove(parent, site, 'remove <id>', 'Remove a server.', removeOne(servers, { ended: 'removed' }))
}
