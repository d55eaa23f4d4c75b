import { type Failure, failure } from '../control.ts'
import { exit } from '../exit.ts'
import type { Given } from '../values.ts'
import { readFiles } from './files.ts'
import { hiddenIn, literalsIn } from './literals.ts'
import { Document, type Entry, fieldOf, type Kind, type Slip } from './schema.ts'
import { wrongPlacesIn } from './secrets.ts'
import type { Read } from './text.ts'

/** All that the files say, each thing once. */
export type Configuration = { readonly name: string; readonly files: number; readonly entries: readonly Entry[] }

/** How many slips one answer names. */
const shown = 100

export function slipped(slips: readonly Slip[]): Failure {
  const first = [...slips].sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1))
  const count = slips.length === 1 ? 'One thing is' : `${slips.length} things are`
  const refused = failure(
    'invalid',
    'The configuration is not right',
    `${count} wrong; nothing was applied.`,
    0,
    exit.failed,
  )
  const errors = first.slice(0, shown).map(({ file, line, detail }) => ({ pointer: `${file}:${line}`, detail }))
  return { ...refused, problem: { ...refused.problem, errors } }
}

export function loadConfiguration(place: string, name: string | undefined): Given<Configuration> {
  const read = readFiles(place)
  if (!read.ok) return read
  const { documents } = read.value
  const slips = [...read.value.slips, ...documents.flatMap(literalsIn)]
  const parsed = documents.map((document) => ({ document, entries: entriesOf(document, slips) }))
  const entries = parsed.flatMap((one) => one.entries)
  slips.push(...twice(entries), ...entries.flatMap(hiddenIn), ...entries.flatMap(wrongPlacesIn))
  const called = nameOf(documents, name, slips)
  if (slips.length > 0) return slipped(slips)
  if (called === null)
    return failure(
      'usage',
      'It has no name',
      'Say in a file `name: NAME`, or --name NAME: it is who manages this.',
      0,
      exit.usage,
    )
  return { ok: true, value: { name: called, files: new Set(documents.map(({ file }) => file)).size, entries } }
}

function entriesOf(document: Read, slips: Slip[]): Entry[] {
  const { file, value, lineOf } = document
  const parsed = Document.safeParse(value)
  if (!parsed.success) {
    for (const issue of parsed.error.issues)
      for (const { path, detail } of wordsOf(issue)) slips.push({ file, line: lineOf(path), detail })
    return []
  }
  const { projects = [], servers = [], providers = [], teams = [], catalogs = [], policies } = parsed.data
  const at = (kind: Kind, index: number) => ({ file, line: lineOf([fieldOf[kind], index]) })
  return [
    ...projects.map((entry, n) => ({ kind: 'project', slug: entry.slug, entry, place: at('project', n) }) as const),
    ...servers.map((entry, n) => ({ kind: 'server', slug: entry.slug, entry, place: at('server', n) }) as const),
    ...providers.map((entry, n) => ({ kind: 'provider', slug: entry.slug, entry, place: at('provider', n) }) as const),
    ...teams.map((entry, n) => ({ kind: 'team', slug: entry.slug, entry, place: at('team', n) }) as const),
    ...catalogs.map((entry, n) => ({ kind: 'catalog', slug: entry.slug, entry, place: at('catalog', n) }) as const),
    ...(policies === undefined
      ? []
      : [{ kind: 'policies', slug: 'policies', entry: policies, place: at('policies', 0) } as const]),
  ]
}

type Issue = { readonly code?: string; readonly path: readonly PropertyKey[]; readonly message: string }
type Words = { readonly path: readonly PropertyKey[]; readonly detail: string }

/** One for each field that is not known, at its own line. */
function wordsOf(issue: Issue & { readonly keys?: readonly string[] }): Words[] {
  const where = issue.path.map(String).join('.')
  if (issue.code === 'unrecognized_keys')
    return (issue.keys ?? []).map((key) => ({ path: [...issue.path, key], detail: unknown(where, key) }))
  const said = issue.message.replace(/^Invalid input: /, '')
  return [{ path: issue.path, detail: where === '' ? said : `${where}: ${said}` }]
}

function unknown(where: string, key: string): string {
  if (where === '' && key === 'guardrails') return 'guardrails are not built yet'
  if (where === '') return `"${key}" is no kind of thing that a configuration holds`
  if (/^(servers|providers)\.\d+$/.test(where) && key === 'catalogs')
    return 'what a catalog holds stands with the catalog (catalogs: servers, providers)'
  if (/credential$/.test(where) && key === 'value')
    return 'a secret never stands in these files: say where it is, by from: {env: NAME} or {file: PATH}'
  return `${where}: there is no field "${key}"`
}

function twice(entries: readonly Entry[]): Slip[] {
  const seen = new Map<string, Entry>()
  return entries.flatMap((entry) => {
    const id = `${entry.kind} ${entry.slug}`
    const first = seen.get(id)
    if (first === undefined) seen.set(id, entry)
    if (first === undefined) return []
    const { file, line } = first.place
    return [{ ...entry.place, detail: `${titleOf(entry)} stands twice: here and at ${file}:${line}` }]
  })
}

export const titleOf = ({ kind, slug }: { readonly kind: Kind; readonly slug: string }): string =>
  kind === 'policies' ? 'policies' : `${kind} ${slug}`

/** All documents that say a name say the same one. */
function nameOf(documents: readonly Read[], given: string | undefined, slips: Slip[]): string | null {
  let name = given ?? null
  for (const { file, value, lineOf } of documents) {
    const said = Document.shape.name.safeParse(
      typeof value === 'object' && value && 'name' in value ? value.name : undefined,
    )
    if (!said.success || said.data === undefined) continue
    name ??= said.data
    if (said.data !== name)
      slips.push({ file, line: lineOf(['name']), detail: `its name is ${said.data}, not ${name}: one apply, one name` })
  }
  return name
}
