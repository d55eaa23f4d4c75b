import { z } from 'zod'
import type { Exit } from './exit.ts'
import { perform } from './perform.ts'
import { type Style, table } from './print.ts'
import { providers } from './provider-facts.ts'
import type { Terminal } from './terminal.ts'
import { pathTo } from './values.ts'

const Models = z.looseObject({
  items: z.array(
    z.looseObject({
      id: z.string(),
      price: z
        .looseObject({
          inputPerMillion: z.string(),
          outputPerMillion: z.string(),
          from: z.string().nullable(),
          source: z.string(),
        })
        .nullable(),
      contextTokens: z.number().nullable(),
      reasoning: z.boolean().nullable(),
    }),
  ),
})

/** The models of a provider with what they cost now. */
export const providersModels = (terminal: Terminal, id: string, style: Style): Promise<Exit> =>
  perform(terminal, style, pathTo(providers.path, id), async (control, path) => {
    const answer = await control.call({ method: 'GET', path: `${path}/models` }, Models)
    if (!answer.ok) return answer
    const { items } = answer.value
    const rows = items.map(({ id: model, price, contextTokens, reasoning }) => [
      model,
      price?.inputPerMillion ?? '-',
      price?.outputPerMillion ?? '-',
      price === null ? '-' : (price.from ?? 'always'),
      price?.source ?? 'unknown',
      String(contextTokens ?? '-'),
      reasoning === null ? 'unknown' : reasoning ? 'yes' : 'no',
    ])
    const head = ['MODEL', 'INPUT', 'OUTPUT', 'SINCE', 'SAYS', 'CONTEXT', 'THINKS']
    return {
      ok: true,
      value: { raw: answer.raw, quiet: items.map((model) => model.id).join('\n'), text: table(head, rows) },
    }
  })
