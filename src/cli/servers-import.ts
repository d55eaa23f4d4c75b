import { z } from 'zod'
import { usage } from './control.ts'
import { type Exit, exit } from './exit.ts'
import { names } from './input.ts'
import { perform } from './perform.ts'
import { plain, type Style, table } from './print.ts'
import type { Terminal } from './terminal.ts'
import type { Given } from './values.ts'

export type ServersImportOptions = Style & {
  readonly dryRun?: boolean
  readonly project?: string
  readonly catalogs?: string
  /** Names of variables, each with its value from the environment. */
  readonly setEnv?: readonly string[]
  /** JSON of names and values. */
  readonly variablesFile?: string
}

const Outcome = z.looseObject({
  name: z.string(),
  ok: z.boolean(),
  server: z.looseObject({ id: z.string().optional(), slug: z.string(), target: z.string() }).optional(),
  code: z.string().optional(),
  detail: z.string().optional(),
  missing: z.array(z.looseObject({ name: z.string(), secret: z.boolean() })).optional(),
})
type Outcome = z.infer<typeof Outcome>
const Results = z.looseObject({ results: z.array(Outcome) })

/** Servers out of a registry's `server.json` or a client's configuration. What was made stays made. */
export const serversImport = async (terminal: Terminal, file: string, options: ServersImportOptions): Promise<Exit> =>
  perform(terminal, options, await typed(terminal, file, options), async (control, body) => {
    const answer = await control.call({ method: 'POST', path: '/servers/import', body }, Results)
    if (!answer.ok) return answer
    const { results } = answer.value
    const made = results.filter(({ ok }) => ok)
    const hasMissing = results.some(({ missing }) => missing !== undefined)
    const aside = [
      `${made.length} of ${results.length} servers ${options.dryRun ? 'could be made' : 'made'}.\n`,
      hasMissing ? 'Give what is missing by --set-env NAME or --variables-file PATH.\n' : '',
    ].join('')
    return {
      ok: true,
      value: {
        raw: answer.raw,
        quiet: made.flatMap(({ server }) => server?.id ?? []).join('\n'),
        text: table(['NAME', 'SLUG', 'RESULT'], results.map(rowOf)),
        aside,
        exit: made.length === results.length ? exit.done : exit.failed,
      },
    }
  })

const rowOf = ({ name, ok, server, code, detail, missing = [] }: Outcome): string[] => {
  const lacks = missing.map((one) => (one.secret ? `${one.name} (secret)` : one.name)).join(', ')
  const why = lacks === '' ? `${code}: ${detail ?? ''}` : `missing ${lacks}`
  return [plain(name), plain(server?.slug ?? '-'), plain(ok ? (server?.target ?? 'made') : why)]
}

async function typed(terminal: Terminal, file: string, options: ServersImportOptions): Promise<Given<object>> {
  const { dryRun, project } = options
  const document = await jsonIn(terminal, file)
  if (document === null)
    return usage(`${file} must hold JSON: a server.json of a registry, or a client's configuration.`)
  const catalogs = names('--catalogs', options.catalogs)
  if (!catalogs.ok) return catalogs
  const variables = await variablesIn(terminal, options)
  if (!variables.ok) return variables
  const body = {
    document,
    ...(dryRun ? { dryRun: true } : {}),
    ...(project === undefined ? {} : { project }),
    ...(catalogs.value === undefined ? {} : { catalogs: catalogs.value }),
    ...(Object.keys(variables.value).length === 0 ? {} : { variables: variables.value }),
  }
  return { ok: true, value: body }
}

/** Values come from the environment or a file: arguments are visible to everyone. */
async function variablesIn(
  terminal: Terminal,
  { setEnv = [], variablesFile }: ServersImportOptions,
): Promise<Given<Record<string, string>>> {
  const values: Record<string, string> = {}
  if (variablesFile !== undefined) {
    const parsed = z.record(z.string(), z.string()).safeParse(await jsonIn(terminal, variablesFile))
    if (!parsed.success) return usage(`--variables-file ${variablesFile} must hold JSON of names and texts.`)
    Object.assign(values, parsed.data)
  }
  for (const word of setEnv) {
    // `token=MY_TOKEN`: what the document calls `token` stands in MY_TOKEN here.
    const [name = '', variable = name] = word.split('=')
    const value = terminal.env[variable]
    if (value === undefined) return usage(`--set-env ${word}: no variable ${variable} is set here.`)
    values[name] = value
  }
  return { ok: true, value: values }
}

async function jsonIn(terminal: Terminal, file: string): Promise<unknown> {
  try {
    const parsed: unknown = JSON.parse(file === '-' ? await terminal.stdin() : terminal.readFile(file))
    return typeof parsed === 'object' ? parsed : null
  } catch {
    return null
  }
}
