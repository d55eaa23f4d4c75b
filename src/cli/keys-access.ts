import { z } from 'zod'
import { ChoiceFields, sayChoice } from './choice-facts.ts'
import type { Exit } from './exit.ts'
import { keys } from './key-facts.ts'
import { perform } from './perform.ts'
import { plain, type Style, table } from './print.ts'
import { named, Refs } from './refs.ts'
import type { Terminal } from './terminal.ts'
import { pathTo } from './values.ts'

const Access = z.looseObject({
  items: z.array(
    z.looseObject({
      server: z.string(),
      state: z.string(),
      tools: ChoiceFields,
      toolNames: z.array(z.string()).nullable(),
    }),
  ),
  providers: z.array(z.looseObject({ provider: z.string(), models: z.array(z.string()) })),
  nothing: z.looseObject({ reason: z.string() }).nullable(),
  refs: Refs,
})
type AccessFields = z.infer<typeof Access>

/** What the key may call now, whatever its own choices say. */
export const keysAccess = (terminal: Terminal, id: string, style: Style): Promise<Exit> =>
  perform(terminal, style, pathTo(keys.path, id), async (control, path) => {
    const answer = await control.call({ method: 'GET', path: `${path}/access` }, Access)
    if (!answer.ok) return answer
    const { items, nothing } = answer.value
    const quiet = items.map(({ server }) => server).join('\n')
    const aside = nothing === null ? '' : `${plain(nothing.reason)}\n`
    return { ok: true, value: { raw: answer.raw, quiet, text: text(answer.value), aside } }
  })

const text = ({ items, providers, refs }: AccessFields): string =>
  [
    table(
      ['SERVER', 'STATE', 'TOOLS'],
      items.map(({ server, state, tools, toolNames }) => [
        named(server, refs),
        state,
        // What it was last seen with says more than the choice; a server that was never seen has only that.
        toolNames === null ? sayChoice(tools) : toolNames.join(', ') || 'none',
      ]),
    ),
    ...(providers.length === 0
      ? []
      : [
          table(
            ['PROVIDER', 'MODELS'],
            providers.map(({ provider, models }) => [named(provider, refs), models.join(', ')]),
          ),
        ]),
  ].join('\n')
