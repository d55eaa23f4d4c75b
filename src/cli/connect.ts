import { z } from 'zod'
import { type Places, placesOf } from '../clients/places.data.ts'
import { Client, ClientId, entryName, Snippet } from '../clients/schema.ts'
import { findOwn, findSecrets } from '../keys/recognise.ts'
import { type Machine, namedPlace, type Place, placeOf, readPlace, writePlace } from './connect-file.ts'
import { type Merged, mergeJson } from './connect-json.ts'
import { mergeToml } from './connect-toml.ts'
import { type Failure, failure, usage } from './control.ts'
import type { Exit } from './exit.ts'
import { perform, type Shown } from './perform.ts'
import { plain, type Style, table } from './print.ts'
import type { Terminal } from './terminal.ts'
import { type Given, isOneOf } from './values.ts'

export type ConnectOptions = Style & {
  readonly server?: string
  readonly key?: string
  readonly gateway?: string
  readonly name?: string
  readonly write?: boolean
  readonly file?: string
  readonly scope?: string
}

const Listed = z.looseObject({
  items: z.array(z.looseObject({ ...Client.shape, id: z.string(), language: z.string() })),
})
/** Of a control that is newer: what it says besides is not for us. */
const Shape = z.looseObject(Snippet.shape)
type Fields = z.infer<typeof Shape>

/** Which clients there are. */
export const listClients = (terminal: Terminal, style: Style): Promise<Exit> =>
  perform(terminal, style, { ok: true, value: null }, async (control) => {
    const answer = await control.call({ method: 'GET', path: '/clients' }, Listed)
    if (!answer.ok) return answer
    const rows = answer.value.items.map(({ id, title, sendsHeaders, file }) => [
      ...[id, title, sendsHeaders ? 'header' : 'URL key only', file ?? '-'],
    ])
    const quiet = answer.value.items.map(({ id }) => id).join('\n')
    const aside = 'Next: ostiary connect <client> --server <slug>\n'
    return { ok: true, value: { raw: answer.raw, quiet, aside, text: table(['CLIENT', '', 'KEY', 'FILE'], rows) } }
  })

/** Shows what the client takes, or puts it into its file. The key itself is in neither. */
export const connectClient = (
  terminal: Terminal,
  machine: Machine,
  client: string,
  options: ConnectOptions,
): Promise<Exit> =>
  perform(terminal, options, typed(client, options, machine), async (control, asked) => {
    const { server, key, gateway, name } = options
    const path = `/clients/${asked.client}/snippet`
    const answer = await control.call({ method: 'GET', path, query: { server, key, gateway, name } }, Shape)
    if (!answer.ok) return answer
    if (findOwn(answer.value.text).length > 0) return strange
    if (asked.target === null)
      return { ok: true, value: printed(answer.value, answer.raw, hereOf(asked.client, machine)) }
    return merge(asked.target, answer.value, answer.raw)
  })

const strange: Failure = failure(
  'invalid',
  'Control sent a secret',
  'There is a secret in that answer: nothing is shown.',
)

type Target = { readonly place: Place; readonly isOwn: boolean }
type Asked = { readonly client: ClientId; readonly target: Target | null }

function typed(text: string, options: ConnectOptions, machine: Machine): Given<Asked> {
  const client = ClientId.safeParse(text).data
  if (client === undefined) return usage(`There is no client "${text}"; ostiary connect lists them.`)
  const { name, scope, file, write } = options
  if (name !== undefined && !entryName.safeParse(name).success)
    return usage('--name must be 1 to 32 letters, digits, - and _, and begin with a letter or digit.')
  if (scope !== undefined && !isOneOf(['project', 'user'] as const, scope))
    return usage(`--scope must be project or user, not "${scope}".`)
  if (!write)
    return (file ?? scope) === undefined
      ? { ok: true, value: { client, target: null } }
      : usage('--file and --scope say what --write writes.')
  const places = placesOf[client]
  if (places === undefined) return usage(`${client} has no file of settings; leave --write out.`)
  const target = targetOf(places, { scope, file }, machine)
  return target.ok ? { ok: true, value: { client, target: target.value } } : target
}

type Where = { readonly scope: 'project' | 'user' | undefined; readonly file: string | undefined }

function targetOf(places: Places, { scope, file }: Where, machine: Machine): Given<Target> {
  if (file !== undefined) {
    if (scope !== undefined) return usage('Give --file or --scope, one of them.')
    return { ok: true, value: { place: namedPlace(file, machine), isOwn: true } }
  }
  const meant = scope ?? places.shown
  const found = placeOf(places, meant, machine)
  return found.ok ? { ok: true, value: { place: found.place, isOwn: meant === 'user' } } : usage(found.why)
}

/** Control tells of one system; this is the one that it is for. */
function hereOf(client: ClientId, machine: Machine): string[] {
  const places = placesOf[client]
  const found = places && placeOf(places, places.shown, machine)
  return found?.ok ? [`Its file here: ${found.place.path}`] : []
}

const printed = (snippet: Fields, raw: unknown, here: readonly string[] = []): Shown => {
  const said = [
    ...snippet.steps.map((step, at) => `${at + 1}. ${step}`),
    ...snippet.notes.map((note) => `Note: ${note}`),
  ]
  const aside = `\n${[...said, ...here].map(plain).join('\n')}\n`
  // Of several lines, so that control characters in one of them are taken out one by one.
  const text = snippet.text.split('\n').map(plain).join('\n')
  return { raw, quiet: text.trimEnd(), text, aside }
}

function merge({ place, isOwn }: Target, snippet: Fields, raw: unknown): Given<Shown> {
  const before = readPlace(place)
  if (!before.ok) return refused(before.why, snippet)
  const placeholder = snippet.complete ? null : `$\{${snippet.variable}}`
  const merged = mergeText(snippet, before.text, placeholder)
  if (!merged.ok) return refused(`${place.path} was left as it is: ${merged.why}.`, snippet)
  const isSame = merged.text === before.text
  const written = isSame ? ({ ok: true, backup: null } as const) : writePlace(place, merged.text, before.mode, isOwn)
  if (!written.ok) return refused(written.why, snippet)
  const { path } = place
  const result = { file: path, changed: !isSame, backup: written.backup }
  const text = isSame ? `${plain(path)} has it already.\n` : said(path, merged, written.backup)
  const shown = printed({ ...snippet, steps: snippet.steps.filter((step) => !step.startsWith('Put this into')) }, raw)
  return { ok: true, value: { raw: { ...Object(raw), written: result }, quiet: path, text, aside: shown.aside ?? '' } }
}

const mergeText = ({ language, text }: Fields, before: string, placeholder: string | null): Merged =>
  language === 'toml' ? mergeToml(before, text) : mergeJson(before, text, placeholder)

/** What changed, as a diff says it; the rest of the file is as it was. */
function said(path: string, { removed, added }: Extract<Merged, { ok: true }>, backup: string | null): string {
  const marked = (mark: string, text: string | null) =>
    text === null
      ? []
      : masked(text)
          .split('\n')
          .map((line) => `${mark} ${plain(line)}`)
  const kept = backup === null ? [] : [`What was there: ${plain(backup)}`]
  return `${[plain(path), ...marked('-', removed), ...marked('+', added), ...kept].join('\n')}\n`
}

/** An entry that somebody wrote by hand may hold his key. */
const masked = (text: string): string =>
  findSecrets(text).reduceRight(
    (rest, { start, end, preview }) => rest.slice(0, start) + preview + rest.slice(end),
    text,
  )

const refused = (why: string, { text }: Fields): Failure =>
  failure('not_written', 'Nothing was written', `${why} Add this by hand: ${text.trim()}`)
