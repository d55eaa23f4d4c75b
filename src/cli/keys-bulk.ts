import { z } from 'zod'
import { usage } from './control.ts'
import type { Exit } from './exit.ts'
import { exit } from './exit.ts'
import { perform } from './perform.ts'
import { plain, type Style, table } from './print.ts'
import type { Terminal } from './terminal.ts'
import { byComma, type Given, isOneOf } from './values.ts'

export type BulkOptions = Style & { readonly reason?: string; readonly tags?: string; readonly from?: string }

const actions = ['suspend', 'resume', 'revoke', 'delete', 'tag'] as const
const Results = z.looseObject({
  results: z.array(z.looseObject({ id: z.string(), ok: z.boolean(), code: z.string().optional() })),
})
type Result = z.infer<typeof Results>['results'][number]

const perCall = 200
const id = /^[A-Za-z0-9_-]{1,64}$/

/** Does one thing with many keys, piece by piece: what was done stays done, and each key says how it went. */
export const keysBulk = (
  terminal: Terminal,
  action: string,
  ids: readonly string[],
  options: BulkOptions,
): Promise<Exit> =>
  perform(terminal, options, asked(terminal, action, ids, options), async (control, { keys, fields }) => {
    const results: Result[] = []
    for (let at = 0; at < keys.length; at += perCall) {
      terminal.progress(`${at} of ${keys.length} keys`)
      const body = { ...fields, keys: keys.slice(at, at + perCall) }
      const answer = await control.call({ method: 'POST', path: '/keys/bulk', body }, Results)
      if (!answer.ok) {
        terminal.progress(null)
        if (results.length > 0) terminal.err(`${results.length} of ${keys.length} keys were done before this:\n`)
        return answer
      }
      results.push(...answer.value.results)
    }
    terminal.progress(null)
    return { ok: true, value: shown(results) }
  })

function shown(results: readonly Result[]) {
  const failed = results.filter(({ ok }) => !ok)
  const rows = results.map((one) => [one.id, one.ok ? 'done' : plain(one.code ?? 'failed')])
  return {
    raw: { results },
    quiet: results.flatMap(({ ok, id }) => (ok ? [id] : [])).join('\n'),
    text: table(['ID', 'RESULT'], rows),
    aside: `${results.length - failed.length} done, ${failed.length} not\n`,
    exit: failed.length === 0 ? exit.done : exit.failed,
  }
}

type Asked = { readonly keys: readonly string[]; readonly fields: object }

function asked(terminal: Terminal, action: string, given: readonly string[], options: BulkOptions): Given<Asked> {
  if (!isOneOf(actions, action)) return usage(`The <action> must be one of ${actions.join(', ')}, not "${action}".`)
  const { reason, tags, from } = options
  if ((tags !== undefined) !== (action === 'tag')) return usage('tag goes with --tags, and --tags with tag.')
  const read = from === undefined ? [] : linesOf(terminal, from)
  if (read === null) return usage(`${from} cannot be read.`)
  const keys = [...new Set([...given, ...read])]
  const wrong = keys.find((key) => !id.test(key))
  if (wrong !== undefined) return usage(`"${wrong}" is no id of a key.`)
  if (keys.length === 0) return usage('Name the keys by id, or a file with --from.')
  const fields = {
    action,
    ...(reason === undefined ? {} : { reason }),
    ...(tags === undefined ? {} : { tags: byComma(tags) }),
  }
  return { ok: true, value: { keys, fields } }
}

function linesOf(terminal: Terminal, file: string): string[] | null {
  try {
    return terminal.readFile(file).split(/\s+/).filter(Boolean)
  } catch {
    return null
  }
}
