import type { Command } from 'commander'
import { type AuditListOptions, auditList } from './audit-list.ts'
import { configDocs } from './config-docs.ts'
import { configPrint } from './config-print.ts'
import { gatewaysList } from './gateways-list.ts'
import { describeProgram } from './help.ts'
import { type KeysCreateOptions, keysCreate } from './keys-create.ts'
import { keysGet } from './keys-get.ts'
import { type KeysListOptions, keysList } from './keys-list.ts'
import { keysRevoke, type RevokeOptions } from './keys-revoke.ts'
import type { ListOptions } from './list.ts'
import type { Style } from './print.ts'
import { type ServersAddOptions, serversAdd } from './servers-add.ts'
import { serversGet } from './servers-get.ts'
import { serversList } from './servers-list.ts'
import { serversRemove } from './servers-remove.ts'
import { settingFlags } from './setting-flags.ts'
import { setup } from './setup.ts'
import type { Terminal } from './terminal.ts'
import { type TokensCreateOptions, tokensCreate } from './tokens-create.ts'
import { tokensList } from './tokens-list.ts'
import { tokensRevoke } from './tokens-revoke.ts'

type Finish = (code: number) => void

/** Every command that speaks to control or prints something local. */
export function addCommands(program: Command, terminal: Terminal, version: string, finish: Finish): void {
  addKeys(program.command('keys').description('Inbound keys.'), terminal, finish)
  addServers(program.command('servers').description('MCP servers.'), terminal, finish)
  addTokens(
    program.command('tokens').description('Management tokens, for this command line and REST.'),
    terminal,
    finish,
  )
  addFleet(program, terminal, finish)
  addConfig(program.command('config').description('Settings of this machine.'), terminal, finish)
  styled(program.command('setup <link>'))
    .description('Redeem the link of the first start; prints the management token (- reads the link from stdin).')
    .action(async (link: string, style: Style) => finish(await setup(terminal, link, style)))
  program
    .command('version')
    .description('Print the version.')
    .action(() => terminal.out(`${version}\n`))
  describeProgram(program)
}

const styled = (command: Command): Command =>
  command.option('--json', 'print the REST object, errors too').option('-q, --quiet', 'print only the id or the secret')

const paged = (command: Command): Command =>
  styled(command)
    .option('--limit <n>', 'items on a page, 1 to 200')
    .option('--cursor <cursor>', 'next page, as the one before named it')

const listed = (command: Command): Command => paged(command.option('--search <text>', 'part of the name'))

function addKeys(keys: Command, terminal: Terminal, finish: Finish): void {
  styled(keys.command('create <name>'))
    .description('Create a key; its secret is printed once.')
    .option('--servers <choice>', 'all, none, or slugs by comma: the MCP servers it may call')
    .option('--expires <when>', 'never, 30d, 60d, 90d, 180d, 1y, or an ISO time in UTC')
    .option('--description <text>', 'what it is for')
    .option('--addresses <cidrs>', 'addresses or CIDRs by comma from which it may be used')
    .option('--max-staleness <seconds>', 'how long a gateway without contact may still decide, 5 to 86400')
    .option('--inactive', 'create it switched off')
    .action(async (name: string, options: KeysCreateOptions) => finish(await keysCreate(terminal, name, options)))
  listed(keys.command('list'))
    .description('List keys.')
    .option('--status <status>', 'active, inactive, expired or revoked')
    .action(async (options: KeysListOptions) => finish(await keysList(terminal, options)))
  styled(keys.command('get <id>'))
    .description('Show one key, without its secret.')
    .action(async (id: string, style: Style) => finish(await keysGet(terminal, id, style)))
  styled(keys.command('revoke <id>'))
    .description('Revoke a key for good; says which gateways refuse it already.')
    .option('--reason <text>', 'for the audit log')
    .option('--wait <seconds>', 'how long to wait for gateways, 0 to 30 (default 1)')
    .action(async (id: string, options: RevokeOptions) => finish(await keysRevoke(terminal, id, options)))
}

function addServers(servers: Command, terminal: Terminal, finish: Finish): void {
  styled(servers.command('add <name> [command...]'))
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
    .option('--wait <seconds>', 'how long to wait until it answered, 0 to 600 (default 15)')
    .option('--require-ready', 'exit with 1 unless it is ready by then')
    .action(async (name: string, command: string[], options: ServersAddOptions) =>
      finish(await serversAdd(terminal, name, command, options)),
    )
  listed(servers.command('list'))
    .description('List servers with their health.')
    .action(async (options: ListOptions) => finish(await serversList(terminal, options)))
  styled(servers.command('get <id>'))
    .description('Show one server.')
    .action(async (id: string, style: Style) => finish(await serversGet(terminal, id, style)))
  styled(servers.command('remove <id>'))
    .description('Remove a server.')
    .action(async (id: string, style: Style) => finish(await serversRemove(terminal, id, style)))
}

function addTokens(tokens: Command, terminal: Terminal, finish: Finish): void {
  styled(tokens.command('create <name>'))
    .description('Make a management token; its secret is printed once.')
    .requiredOption('--scopes <list>', '* (everything you may), or rights like keys:read,servers:write by comma')
    .option('--expires <when>', 'never, 30d, 60d, 90d, 180d, 1y, or an ISO time in UTC')
    .option('--member <id>', 'whose token it is (default: yours)')
    .action(async (name: string, options: TokensCreateOptions) => finish(await tokensCreate(terminal, name, options)))
  paged(tokens.command('list'))
    .description('List management tokens, newest first.')
    .action(async (options: ListOptions) => finish(await tokensList(terminal, options)))
  styled(tokens.command('revoke <id>'))
    .description('Revoke a management token for good.')
    .action(async (id: string, style: Style) => finish(await tokensRevoke(terminal, id, style)))
}

function addFleet(program: Command, terminal: Terminal, finish: Finish): void {
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

function addConfig(config: Command, terminal: Terminal, finish: Finish): void {
  settingFlags(config.command('print'))
    .description('Show every setting with its origin; secrets are masked.')
    .option('--json', 'as JSON')
    .action((flags: Record<string, unknown>) => finish(configPrint(terminal, flags)))
  config
    .command('docs')
    .description('Print the reference of all settings (docs/configuration.md).')
    .action(() => terminal.out(configDocs()))
}
