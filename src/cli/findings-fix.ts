import { z } from 'zod'
import { type Control, usage } from './control.ts'
import { type Exit, exit } from './exit.ts'
import { type FindingFilters, findingFilters } from './findings.ts'
import { perform } from './perform.ts'
import { plain, type Style, table } from './print.ts'
import type { Terminal } from './terminal.ts'
import type { Given } from './values.ts'

export type FindingsFixOptions = Style & Omit<FindingFilters, 'kind'> & { readonly dryRun?: boolean }

const Fixable = z.looseObject({
  id: z.string(),
  key: z.string(),
  fix: z.looseObject({
    label: z.string(),
    method: z.enum(['POST', 'PATCH']),
    path: z.string(),
    body: z.record(z.string(), z.unknown()),
    showsSecret: z.boolean(),
  }),
})
type Fixable = z.infer<typeof Fixable>
const Page = z.looseObject({ items: z.array(Fixable), nextCursor: z.string().nullable() })
/** Of a call for many keys: how each went. */
const Answer = z.looseObject({
  results: z.array(z.looseObject({ ok: z.boolean(), code: z.string().optional() })).optional(),
})

type Query = Readonly<Record<string, string | undefined>>
type Done = { readonly key: string; readonly code: string | null }

/** Makes the fix of every finding of one kind; what one key is refused does not stop the others. */
export const findingsFix = (terminal: Terminal, kind: string, options: FindingsFixOptions): Promise<Exit> =>
  perform(terminal, options, findingFilters({ ...options, kind }), async (control, query) => {
    const found = await everyOne(control, query)
    if (!found.ok) return found
    const items = found.value
    if (items.some(({ fix }) => fix.showsSecret) && !options.dryRun) return usage(bySomebody)
    const done: Done[] = []
    for (const [at, { key, fix }] of items.entries()) {
      terminal.progress(`${at} of ${items.length}`)
      done.push({ key, code: options.dryRun ? null : await codeOf(control, fix) })
    }
    terminal.progress(null)
    return { ok: true, value: shown(items, done, options.dryRun === true) }
  })

const bySomebody =
  'This makes new secrets, which are shown once: give them out one by one, with `ostiary keys rotate <id>` or `ostiary keys duplicate <id>`.'

/** All of them first: what is fixed is not in the list any more, and the pages behind it would move. */
async function everyOne(control: Control, query: Query): Promise<Given<Fixable[]>> {
  const items: Fixable[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await control.call(
      { method: 'GET', path: '/findings', query: { ...query, limit: '200', cursor } },
      Page,
    )
    if (!page.ok) return page
    items.push(...page.value.items)
    if (page.value.nextCursor === null) return { ok: true, value: items }
    cursor = page.value.nextCursor
  }
}

/** Null: it is done. */
async function codeOf(control: Control, { method, path, body }: Fixable['fix']): Promise<string | null> {
  const answer = await control.call({ method, path, body }, Answer)
  if (!answer.ok) return answer.problem.code
  const refused = answer.value.results?.find(({ ok }) => !ok)
  return refused ? (refused.code ?? 'failed') : null
}

function shown(items: readonly Fixable[], done: readonly Done[], isDry: boolean) {
  const failed = done.filter(({ code }) => code !== null)
  const word = isDry ? 'would be done' : 'done'
  const rows = done.map(({ key, code }, at) => [
    key,
    plain(items[at]?.fix.label ?? ''),
    code === null ? word : plain(code),
  ])
  return {
    raw: { results: done.map(({ key, code }) => ({ key, ok: code === null, ...(code === null ? {} : { code }) })) },
    quiet: done.flatMap(({ key, code }) => (code === null ? [key] : [])).join('\n'),
    text: table(['KEY', 'FIX', 'RESULT'], rows),
    aside: isDry ? '' : `${done.length - failed.length} done, ${failed.length} not\n`,
    exit: failed.length === 0 ? exit.done : exit.failed,
  }
}
