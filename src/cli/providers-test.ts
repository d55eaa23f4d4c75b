import { z } from 'zod'
import { type Exit, exit } from './exit.ts'
import { perform } from './perform.ts'
import { plain, type Style, table } from './print.ts'
import { providers } from './provider-facts.ts'
import type { Terminal } from './terminal.ts'
import { type Given, pathTo, seconds } from './values.ts'

export type ProvidersTestOptions = Style & { readonly wait?: string }

const Tested = z.looseObject({
  provider: z.looseObject({ id: z.string() }),
  results: z.array(
    z.looseObject({
      from: z.string(),
      state: z.string(),
      models: z.array(z.string()).nullable(),
      missing: z.array(z.string()),
      lastError: z.string().optional(),
    }),
  ),
})

const longestWait = 30

/** How the provider answers now; fails unless it lists its models. */
export const providersTest = (terminal: Terminal, id: string, options: ProvidersTestOptions): Promise<Exit> =>
  perform(terminal, options, asked(id, options), async (control, { path, body }) => {
    const answer = await control.call({ method: 'POST', path, body }, Tested)
    if (!answer.ok) return answer
    const { provider, results } = answer.value
    const rows = results.map(({ from, state, models, lastError }) => [
      plain(from),
      plain(state),
      String(models?.length ?? '-'),
      plain(lastError ?? '-'),
    ])
    const missing = results.flatMap((result) => result.missing)
    return {
      ok: true,
      value: {
        raw: answer.raw,
        quiet: provider.id,
        text: table(['FROM', 'STATE', 'MODELS', 'ERROR'], rows),
        aside: missing.length === 0 ? '' : `It does not list: ${missing.map(plain).join(', ')}\n`,
        exit: results.every(({ state }) => state === 'ready') ? exit.done : exit.failed,
      },
    }
  })

function asked(id: string, { wait }: ProvidersTestOptions): Given<{ path: string; body: object }> {
  const path = pathTo(providers.path, id)
  if (!path.ok) return path
  const waited = wait === undefined ? null : seconds('--wait', wait, longestWait)
  if (waited?.ok === false) return waited
  const body = waited === null ? {} : { waitMs: Math.max(100, Math.round(waited.value * 1000)) }
  return { ok: true, value: { path: `${path.value}/test`, body } }
}
