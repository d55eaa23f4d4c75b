import { z } from 'zod'
import { type Failure, usage } from './control.ts'
import { type Exit, exit } from './exit.ts'
import { perform } from './perform.ts'
import { plain, type Style, table } from './print.ts'
import type { Terminal } from './terminal.ts'
import type { Given } from './values.ts'

export type KeysImportOptions = Style & {
  readonly deliver?: string
  readonly dryRun?: boolean
  readonly out?: string
}

const Outcome = z.looseObject({
  index: z.number(),
  ok: z.boolean(),
  id: z.string().optional(),
  name: z.string().optional(),
  secret: z.string().optional(),
  url: z.string().optional(),
  claim: z.looseObject({ url: z.string() }).optional(),
  delivered: z.boolean().optional(),
  code: z.string().optional(),
  detail: z.string().optional(),
  errors: z.array(z.looseObject({ pointer: z.string(), detail: z.string() })).optional(),
})
type Outcome = z.infer<typeof Outcome>
const Results = z.looseObject({ results: z.array(Outcome) })

const perCall = 100

/**
 * Keys by definition, out of a JSON file: an array, or what `keys export --format json` wrote. Each gets a secret of its
 * own. What was made stays made, also when a later piece fails.
 */
export const keysImport = (terminal: Terminal, file: string, options: KeysImportOptions): Promise<Exit> =>
  perform(terminal, options, typed(terminal, file, options), async (control, { keys, take }) => {
    const outcomes: Outcome[] = []
    const fields = {
      ...(options.deliver ? { deliverTo: options.deliver } : {}),
      ...(options.dryRun ? { dryRun: true } : {}),
    }
    let failure: Failure | null = null
    for (let at = 0; at < keys.length && failure === null; at += perCall) {
      terminal.progress(`${at} of ${keys.length} keys, ${Math.floor((at / keys.length) * 100)} %`)
      const body = { ...fields, keys: keys.slice(at, at + perCall) }
      const answer = await control.call({ method: 'POST', path: '/keys/import', body }, Results)
      if (!answer.ok) failure = answer
      else for (const one of answer.value.results) outcomes.push(take({ ...one, index: at + one.index }))
    }
    terminal.progress(null)
    if (failure !== null && outcomes.length === 0) return failure
    if (failure !== null) terminal.err(`ostiary: ${plain(failure.problem.detail)}; the rest was not imported.\n`)
    return { ok: true, value: shown(outcomes, keys.length, options) }
  })

function shown(outcomes: readonly Outcome[], of: number, { out, dryRun }: KeysImportOptions) {
  const made = outcomes.filter(({ ok }) => ok)
  const rows = outcomes.map((one) => [String(one.index), one.id ?? '-', plain(one.name ?? '-'), outcomeOf(one, out)])
  const isWhole = made.length === of
  return {
    raw: { results: outcomes },
    quiet: made.flatMap(({ id }) => id ?? []).join('\n'),
    text: table(['N', 'ID', 'NAME', 'RESULT'], rows),
    aside: `${made.length} of ${of} keys ${dryRun ? 'could be made' : 'made'}${out && !dryRun ? `; what is shown once stands in ${out}` : ''}\n`,
    exit: isWhole ? exit.done : exit.failed,
  }
}

function outcomeOf({ ok, secret, url, claim, delivered, code, detail, errors }: Outcome, out?: string): string {
  if (!ok) return plain([code, errors?.map((each) => `${each.pointer} ${each.detail}`).join('; ') || detail].join(': '))
  if (delivered) return 'delivered'
  return (out === undefined ? (url ?? secret ?? claim?.url) : undefined) ?? 'made'
}

type Typed = { readonly keys: readonly unknown[]; readonly take: (outcome: Outcome) => Outcome }

function typed(terminal: Terminal, file: string, { out, dryRun }: KeysImportOptions): Given<Typed> {
  const keys = definitions(terminal, file)
  if (keys === null)
    return usage(`${file} must hold a JSON array of keys, or what \`keys export --format json\` wrote.`)
  if (out === undefined || dryRun) return { ok: true, value: { keys, take: (outcome) => outcome } }
  try {
    const target = terminal.createFile(out)
    // Written before the next piece is asked for: what was shown once must not hang on how the rest goes.
    return { ok: true, value: { keys, take: keptIn(target.write) } }
  } catch {
    return usage(`${out} cannot be made: is there one already, or no such folder?`)
  }
}

const keptIn =
  (write: (text: string) => void) =>
  (outcome: Outcome): Outcome => {
    write(`${JSON.stringify(outcome)}\n`)
    const { secret: _, url: __, claim: ___, ...rest } = outcome
    return rest as Outcome
  }

const Exported = z.union([
  z.array(z.unknown()),
  z.looseObject({ keys: z.array(z.unknown()) }).transform(({ keys }) => keys),
])

function definitions({ readFile }: Terminal, file: string): readonly unknown[] | null {
  try {
    const parsed = Exported.safeParse(JSON.parse(readFile(file)))
    return parsed.success && parsed.data.length > 0 ? parsed.data : null
  } catch {
    return null
  }
}
