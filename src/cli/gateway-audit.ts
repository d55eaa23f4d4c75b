import { readSettings } from '../config.ts'
import { keyId } from '../keys/schema.ts'
import { wrongTimes } from './audit-filters.ts'
import { eventHead, eventRow } from './audit-list.ts'
import { type Failure, failure, usage } from './control.ts'
import { type Exit, exit } from './exit.ts'
import { printFailure, printJson, type Style, table } from './print.ts'
import type { Terminal } from './terminal.ts'

export type GatewayAuditOptions = Style & {
  readonly key?: string
  readonly from?: string
  readonly to?: string
  readonly dataDir?: string
  readonly config?: string
}

/** What the gateways on this machine have kept of the life of their keys; control is not asked. */
export async function gatewayAudit(terminal: Terminal, options: GatewayAuditOptions): Promise<Exit> {
  const { env, readFile } = terminal
  const { key, from, to, dataDir, config } = options
  const settings = readSettings({ flags: { dataDir, config }, env, readFile }, (name) => name === 'dataDir')
  const wrong = settings.ok ? wrongQuery(options) : usage(settings.message)
  if (wrong || !settings.ok) return printFailure(terminal, wrong ?? usage(''), options)
  const directory = settings.value.values.dataDir
  const query = { dataDir: directory, key, from: instant(from), to: instant(to) }
  const log = await terminal.gatewayAudit(query).catch((error: unknown) => unreadable(directory, error))
  if (log === null) return printFailure(terminal, nothing(directory), options)
  if ('exit' in log) return printFailure(terminal, log, options)
  if (log.damaged > 0) terminal.err(`${log.damaged} damaged lines were left out.\n`)
  if (options.json) return printJson(terminal, log)
  terminal.out(
    options.quiet
      ? log.items.map(({ event }) => `${event.id}\n`).join('')
      : table(
          [...eventHead, 'GATEWAY'],
          log.items.map(({ event, gateway }) => [...eventRow(event), gateway]),
        ),
  )
  if (!options.quiet)
    terminal.err(log.from === null ? 'No event is kept here.\n' : `Kept here: ${log.from} to ${log.to}.\n`)
  return exit.done
}

function wrongQuery({ key, from, to }: GatewayAuditOptions): Failure | null {
  if (key !== undefined && !keyId.safeParse(key).success)
    return usage(`--key must be the id of a key (key_…), not "${key}".`)
  return wrongTimes({ from, to })
}

const instant = (text: string | undefined): number | undefined => (text === undefined ? undefined : Date.parse(text))

const nothing = (directory: string): Failure =>
  failure('not_found', 'There is no such log', `No gateway has kept audit events in ${directory}.`, 0, exit.notFound)

const unreadable = (directory: string, error: unknown): Failure =>
  failure(
    'failed',
    'The log cannot be read',
    `${directory}: ${error instanceof Error ? error.message : String(error)}.`,
  )
