import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { addCommands } from '../../src/cli/commands.ts'
import { exit, exitMeanings, exitNames } from '../../src/cli/exit.ts'
import { settingFlags } from '../../src/cli/setting-flags.ts'
import type { Terminal } from '../../src/cli/terminal.ts'
import { code, table } from './markdown.ts'

/** docs/cli.md: commands and options from the very program that parses them. */
export function cliPage(): string {
  const commands = programs().flatMap(leaves)
  const sections = commands.map((command) => section(command))
  return `${introduction}\n${roles()}\n${sections.join('\n')}\n${exits()}`
}

/** Builds the commands without running any of them. */
function programs(): readonly Command[] {
  const program = new Command('ostiary')
  addCommands(program, nowhere, '', () => {})
  return program.commands
}

const never = (): never => {
  throw new Error('The commands are described here, not run')
}
const nowhere: Terminal = {
  env: {},
  readFile: never,
  createFile: never,
  gatewayAudit: never,
  recover: never,
  stdin: never,
  out: never,
  err: never,
  progress: never,
  ask: never,
  fetch: never,
  pause: never,
  now: never,
}

const leaves = (command: Command): Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leaves)

const nameOf = (command: Command): string =>
  command.parent === null ? 'ostiary' : `${nameOf(command.parent)} ${command.name()}`

/** The flags of all settings: they have a page of their own. */
const settingNames = new Set(settingFlags(new Command()).options.map(({ long }) => long))
/** On nearly every command, so they come last. */
const style = ['--json', '--quiet']

function section(command: Command): string {
  const given = command.registeredArguments.map((argument) => {
    const name = argument.variadic ? `${argument.name()}…` : argument.name()
    return argument.required ? `<${name}>` : `[${name}]`
  })
  const takesSettings = command.options.some(({ long }) => long === '--config')
  const own = command.options.filter(({ long }) => !(takesSettings && settingNames.has(long)))
  const isStyle = ({ long }: { long?: string | undefined }) => style.includes(long ?? '')
  const ordered = [...own.filter((option) => !isStyle(option)), ...own.filter(isStyle)]
  const rows = ordered.map(({ flags, description }) => [code(flags), description])
  return [
    `### ${code([nameOf(command), ...given].join(' '))}\n\n${command.description()}\n`,
    ...(rows.length === 0 ? [] : [table(['option', 'meaning'], rows)]),
    ...(takesSettings ? ['And `--config <file>` and the flag of every [setting](configuration.md).\n'] : []),
  ].join('\n')
}

/** The roles are set up in main.ts, which runs when it is loaded: so its text is read. */
function roles(): string {
  const main = readFileSync(new URL('../../src/main.ts', import.meta.url), 'utf8')
  const found = [...main.matchAll(/\brole\('(\w+)', '([^']+)'/g)]
  const rows = found.map(([, name = '', summary = '']) => [code(`ostiary ${name}`), summary])
  return `## Roles\n\nEach takes the flag of every [setting](configuration.md), and \`--config <file>\`. They run until SIGINT or SIGTERM.\n\n${table(['command', 'what it does'], rows)}
## Commands
`
}

function exits(): string {
  const rows = [
    ...exitNames.map((name) => [code(String(exit[name])), exitMeanings[name]]),
    ['`130`', 'A role was stopped at once by a second signal'],
  ]
  return `## Exit codes\n\n${table(['code', 'meaning'], rows)}`
}

const introduction = `# Command line

Generated from \`src/cli/commands/\` by \`npm run docs\`; a test compares this page with the program.

In a clone, \`ostiary\` is \`npm run -s ostiary --\`; flags that belong to the command follow it:
\`npm run -s ostiary -- keys list --status active\`. \`--help\` works after every command.

- \`OSTIARY_URL\` names control (default \`http://127.0.0.1:8421\`), \`OSTIARY_TOKEN\` the management token, or \`OSTIARY_TOKEN_FILE\` the file that
  holds it. A token is never an argument.
- Data goes to stdout, everything else to stderr.
- \`--json\` prints the REST object as it came; a refusal goes to stderr as JSON, too.
- \`--quiet\` prints only the id, or the secret where there is one.
- A server that is registered but does not answer is no failure (exit code 0, a word on stderr); \`servers add --require-ready\` makes it one.
  With \`--json\` or \`--quiet\`, \`servers add\` waits only where \`--wait\` or \`--require-ready\` says so.
- Where an \`<id>\` is asked for, a slug is good as well; people are named by e-mail address or id. Keys and tokens have ids only.
- \`update\` changes only what is given. Lists by comma: the word \`none\` is the empty list, an empty text is refused.
- Everything that may narrow what somebody can do says where it is in force already, and by when everywhere (stderr).
- \`explain\` ends with 0 for a yes and with 3 for a no.
`
