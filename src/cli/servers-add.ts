import { type Control, connect } from './control.ts'
import { type Exit, exit } from './exit.ts'
import { type NewServerOptions, newServer } from './new-server.ts'
import { facts, plain, printFailure, printJson, type Style } from './print.ts'
import { type One, oneOf } from './resource.ts'
import { type ServerFields, servers } from './server-facts.ts'
import type { Terminal } from './terminal.ts'
import { pathTo, seconds } from './values.ts'

export type ServersAddOptions = Style & NewServerOptions & { readonly wait?: string; readonly requireReady?: boolean }

/** A first start may install a package. */
const usualWait = 15
const longestWait = 600

export async function serversAdd(
  terminal: Terminal,
  slug: string,
  command: readonly string[],
  options: ServersAddOptions,
): Promise<Exit> {
  const wait = secondsToWait(options)
  if (!wait.ok) return printFailure(terminal, wait, options)
  const body = await newServer(terminal, slug, command, options)
  if (!body.ok) return printFailure(terminal, body, options)
  const control = connect(terminal)
  if ('ok' in control) return printFailure(terminal, control, options)
  const added = await control.call({ method: 'POST', path: servers.path, body: body.value }, oneOf(servers))
  if (!added.ok) return printFailure(terminal, added, options)
  const {
    item: server,
    refs,
    raw,
  } = await settled(
    terminal,
    control,
    { ...added.value, raw: added.raw },
    { seconds: wait.value, isReadyWanted: options.requireReady ?? false },
  )
  if (options.json) printJson(terminal, raw)
  else terminal.out(options.quiet ? `${server.id}\n` : facts(servers.facts(server, refs)))
  if (server.state !== 'ready' && (options.requireReady || !(options.json || options.quiet)))
    terminal.err(notReady(terminal, server))
  return options.requireReady && server.state !== 'ready' ? exit.failed : exit.done
}

/** People want to see whether it worked; a script says whether it wants to wait. */
function secondsToWait({ wait, requireReady, json, quiet }: ServersAddOptions) {
  const isScript = (json || quiet) && !requireReady
  return wait === undefined
    ? { ok: true as const, value: isScript ? 0 : usualWait }
    : seconds('--wait', wait, longestWait)
}

type Seen = Pick<One<ServerFields>, 'item' | 'refs'> & { readonly raw: unknown }
type Wait = { readonly seconds: number; readonly isReadyWanted: boolean }

/** Asks until the server has answered, or, where ready is wanted, until it is: what it needs may be starting as well. */
async function settled(terminal: Terminal, control: Control, added: Seen, { seconds, isReadyWanted }: Wait) {
  const path = pathTo(servers.path, added.item.id)
  if (!path.ok) return added
  const begun = terminal.now()
  const isDecided = ({ state }: ServerFields) => state === 'ready' || (state !== 'starting' && !isReadyWanted)
  let seen = added
  while (!isDecided(seen.item) && terminal.now() - begun < seconds * 1000) {
    const waited = Math.floor((terminal.now() - begun) / 1000)
    terminal.progress(`Waiting for ${plain(seen.item.slug)}: ${plain(seen.item.state)}, ${waited} of ${seconds} s`)
    await terminal.pause(200)
    const answer = await control.call({ method: 'GET', path: path.value }, oneOf(servers))
    if (!answer.ok) break
    seen = { ...answer.value, raw: answer.raw }
  }
  terminal.progress(null)
  return seen
}

function notReady({ env }: Terminal, { slug, state, lastError }: ServerFields): string {
  // As it was called, so that the line can be copied: in a clone there is no `ostiary` on the path.
  const ostiary = env['npm_lifecycle_event'] === 'ostiary' ? 'npm run -s ostiary --' : 'ostiary'
  const said = state === 'starting' ? 'has not answered yet' : `is ${plain(state)}`
  const why = lastError ? `: ${plain(lastError).replace(/\.$/, '')}` : ''
  return `${plain(slug)} is registered, but it ${said}${why}.\nLook again with: ${ostiary} servers get ${plain(slug)}\n`
}
