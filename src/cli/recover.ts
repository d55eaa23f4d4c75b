import { readSettings } from '../config.ts'
import type { SettingName, Values } from '../config-settings.ts'
import type { RecoverableOwner } from '../people/resets/schema.ts'
import { type Failure, failure, usage } from './control.ts'
import { type Exit, exit } from './exit.ts'
import { facts, printFailure, printJson, type Style, table } from './print.ts'
import type { Terminal } from './terminal.ts'

export type RecoverOptions = Style & {
  readonly organization?: string
  readonly email?: string
  readonly dataDir?: string
  readonly databaseUrlFile?: string
  readonly masterKeyFile?: string
  readonly controlPublicUrl?: string
  readonly config?: string
}

const wanted: readonly SettingName[] = [
  'dataDir',
  'databaseUrl',
  'masterKey',
  'controlHost',
  'controlPort',
  'controlPublicUrl',
  'controlTlsCert',
]

/** On the machine of control, for an owner whom nobody else can let in; control is not asked. */
export async function recover(terminal: Terminal, options: RecoverOptions): Promise<Exit> {
  const { organization, email, json, quiet, ...flags } = options
  const { env, readFile } = terminal
  const settings = readSettings({ flags, env, readFile }, (name) => wanted.includes(name))
  if (!settings.ok) return printFailure(terminal, usage(settings.message), options)
  const { dataDir, databaseUrl, masterKey, ...control } = settings.value.values
  const controlUrl = urlOf(control)
  if (controlUrl === null) return printFailure(terminal, usage(noUrl), options)
  const store = { dataDir, databaseUrl, masterKey, controlUrl }
  const done = await terminal.recover({ ...store, organization, owner: email })
  if (done.is === 'several') {
    terminal.err(listOf(done.owners))
    return printFailure(terminal, several(done.organization), options)
  }
  if (done.is !== 'made') return printFailure(terminal, refusal(done.is, done.why), options)
  if (json) return printJson(terminal, done)
  if (quiet) terminal.out(`${done.url}\n`)
  else
    terminal.out(
      facts([
        ['organization', done.organization],
        ['owner', `${done.owner.name} ${done.owner.email || done.owner.id}`],
        ['link', done.url],
        ['expires', done.expiresAt],
      ]),
    )
  if (!quiet) terminal.err(advice)
  return exit.done
}

const advice =
  'Whoever opens the link within 30 minutes chooses a new password and is signed in as this owner, once. It switches ' +
  'the second factor off, ends every session of the owner, and stands in the audit log.\n'
const noUrl = 'The port of control is not fixed: say where people reach it with --control-public-url.'

/** As control itself says it where no setting does. */
function urlOf(
  control: Pick<Values, 'controlHost' | 'controlPort' | 'controlPublicUrl' | 'controlTlsCert'>,
): string | null {
  const { controlHost, controlPort, controlPublicUrl, controlTlsCert } = control
  if (controlPublicUrl !== null) return controlPublicUrl.replace(/\/$/, '')
  if (controlPort === 0) return null
  const host = controlHost.includes(':') ? `[${controlHost}]` : controlHost
  return `${controlTlsCert === null ? 'http' : 'https'}://${host}:${controlPort}`
}

const listOf = (owners: readonly RecoverableOwner[]): string =>
  table(
    ['OWNER', 'NAME'],
    owners.map(({ id, name, email }) => [email || id, name]),
  )
const several = (organization: string): Failure =>
  usage(`${organization} has several owners: name one of them with --email.`)

const refusal = (is: 'absent' | 'failed', why: string): Failure =>
  is === 'absent'
    ? failure('not_found', 'There is nobody to recover', why, 0, exit.notFound)
    : failure('failed', 'Nobody was recovered', why)
