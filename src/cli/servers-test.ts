import { z } from 'zod'
import { type Exit, exit } from './exit.ts'
import { perform } from './perform.ts'
import { plain, type Style, table } from './print.ts'
import { servers } from './server-facts.ts'
import type { Terminal } from './terminal.ts'
import { type Given, pathTo, seconds } from './values.ts'

export type ServersTestOptions = Style & { readonly wait?: string }

const Tested = z.looseObject({
  server: z.looseObject({ id: z.string() }),
  results: z.array(
    z.looseObject({
      gateway: z.string(),
      state: z.string(),
      tools: z.array(z.looseObject({ name: z.string() })).optional(),
      lastError: z.string().optional(),
    }),
  ),
})

const longestWait = 30

/** How each attached gateway sees the server now; fails unless all of them see it ready. */
export const serversTest = (terminal: Terminal, id: string, options: ServersTestOptions): Promise<Exit> =>
  perform(terminal, options, asked(id, options), async (control, { path, body }) => {
    const answer = await control.call({ method: 'POST', path, body }, Tested)
    if (!answer.ok) return answer
    const { server, results } = answer.value
    const rows = results.map(({ gateway, state, tools, lastError }) => [
      plain(gateway),
      plain(state),
      String(tools?.length ?? '-'),
      plain(lastError ?? '-'),
    ])
    return {
      ok: true,
      value: {
        raw: answer.raw,
        quiet: server.id,
        text: table(['GATEWAY', 'STATE', 'TOOLS', 'ERROR'], rows),
        exit: results.every(({ state }) => state === 'ready') ? exit.done : exit.failed,
      },
    }
  })

function asked(id: string, { wait }: ServersTestOptions): Given<{ path: string; body: object }> {
  const path = pathTo(servers.path, id)
  if (!path.ok) return path
  const waited = wait === undefined ? null : seconds('--wait', wait, longestWait)
  if (waited?.ok === false) return waited
  const body = waited === null ? {} : { waitMs: Math.round(waited.value * 1000) }
  return { ok: true, value: { path: `${path.value}/test`, body } }
}
