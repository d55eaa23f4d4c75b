import { z } from 'zod'
import type { Exit } from './exit.ts'
import { perform } from './perform.ts'
import { type Style, table } from './print.ts'
import type { Terminal } from './terminal.ts'
import { type Paging, paging } from './values.ts'

const MyCatalog = z.looseObject({
  items: z.array(
    z.looseObject({
      id: z.string(),
      slug: z.string(),
      state: z.string(),
      tools: z.array(z.looseObject({ name: z.string() })).nullable(),
      owner: z.looseObject({ name: z.string() }).nullable().optional(),
    }),
  ),
  providers: z.array(
    z.looseObject({ id: z.string(), slug: z.string(), models: z.array(z.looseObject({ id: z.string() })) }),
  ),
  nextCursor: z.string().nullable().optional(),
})
type CatalogFields = z.infer<typeof MyCatalog>

/** What whoever asks may give to keys of his own. */
export const catalog = (terminal: Terminal, options: Style & Paging): Promise<Exit> =>
  perform(terminal, options, paging(options), async (control, query) => {
    const answer = await control.call({ method: 'GET', path: '/me/catalog', query }, MyCatalog)
    if (!answer.ok) return answer
    const { items, providers, nextCursor } = answer.value
    const quiet = [...items, ...providers].map(({ id }) => id).join('\n')
    const aside = nextCursor ? `More: --cursor ${nextCursor}\n` : ''
    return { ok: true, value: { raw: answer.raw, quiet, text: text(answer.value), aside } }
  })

const text = ({ items, providers }: CatalogFields): string =>
  [
    table(
      ['SERVER', 'STATE', 'REGISTERED BY', 'TOOLS'],
      items.map(({ slug, state, owner, tools }) => [
        slug,
        state,
        owner?.name ?? '-',
        tools?.map(({ name }) => name).join(', ') ?? '-',
      ]),
    ),
    ...(providers.length === 0
      ? []
      : [
          table(
            ['PROVIDER', 'MODELS'],
            providers.map(({ slug, models }) => [slug, models.map(({ id }) => id).join(', ')]),
          ),
        ]),
  ].join('\n')
