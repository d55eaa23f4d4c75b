import type { NewServer, NewServerCredential, ServerPatch, ServerView, Transport } from '../../src/servers/schema.ts'
import { noTimes, type Times, timesOf, writtenTimes } from '../upstreams/times.ts'

/** A server as somebody writes it down, field by field. Values of variables and the secret are kept nowhere else. */
export type Variable = { readonly name: string; readonly value: string; readonly isKept: boolean }
export type ServerDraft = {
  readonly name: string
  readonly slug: string
  readonly type: Transport['type']
  readonly url: string
  readonly command: string
  /** One on each line. */
  readonly args: string
  readonly env: readonly Variable[]
  readonly perGateway: boolean
  readonly hasCredential: boolean
  readonly header: string
  readonly template: string
  readonly secret: string
  readonly times: Times
  readonly project: string | null
  readonly joins: 'standard' | 'none' | 'chosen'
  readonly catalogs: readonly string[]
}

/** What the API takes in the place of a value that it does not show. */
const hiddenValue = '[set]'

export const emptyDraft = (type: Transport['type']): ServerDraft => ({
  name: '',
  slug: '',
  type,
  url: '',
  command: '',
  args: '',
  env: [],
  perGateway: false,
  hasCredential: false,
  header: 'Authorization',
  template: 'Bearer {value}',
  secret: '',
  times: noTimes,
  project: null,
  joins: 'standard',
  catalogs: [],
})

export function draftOf(server: ServerView): ServerDraft {
  const { name, slug, transport, credential, timeouts, perGateway } = server
  const base = { ...emptyDraft(transport.type), name, slug, perGateway, times: timesOf(timeouts) }
  const slot = credential === null ? {} : { header: credential.name, template: credential.template }
  if (transport.type !== 'stdio') return { ...base, ...slot, hasCredential: credential !== null, url: transport.url }
  const { command, args = [], env = {} } = transport
  const variables = Object.keys(env).map((variable) => ({ name: variable, value: '', isKept: true }))
  return { ...base, command, args: args.join('\n'), env: variables }
}

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '')

export function transportOf({ type, url, command, args, env }: ServerDraft): Transport {
  if (type !== 'stdio') return { type, url: url.trim() }
  const named = env.filter(({ name }) => name.trim() !== '')
  const values = named.map(({ name, value, isKept }) => [name.trim(), isKept ? hiddenValue : value] as const)
  const variables = values.length === 0 ? {} : { env: Object.fromEntries(values) }
  return { type, command: command.trim(), args: linesOf(args), ...variables }
}

export const credentialOf = ({ header, template, secret }: ServerDraft): NewServerCredential => ({
  slot: 'header',
  name: header.trim(),
  template: template.trim(),
  value: secret,
})

export function newServerOf(draft: ServerDraft): NewServer {
  const { name, slug, type, project, joins, catalogs, perGateway, times } = draft
  const timeouts = writtenTimes(times)
  return {
    slug: slug.trim(),
    transport: transportOf(draft),
    ...(name.trim() === '' ? {} : { name: name.trim() }),
    ...(type !== 'stdio' && draft.hasCredential ? { credential: credentialOf(draft) } : {}),
    ...(type === 'stdio' && perGateway ? { perGateway } : {}),
    ...(Object.keys(timeouts).length === 0 ? {} : { timeouts }),
    ...(project === null ? {} : { project }),
    ...(joins === 'standard' ? {} : { catalogs: joins === 'none' ? [] : [...catalogs] }),
  }
}

/** Only what somebody has changed, so that two people who edit different things do not undo each other. */
export function patchOf(draft: ServerDraft, before: ServerView): ServerPatch {
  const was = draftOf(before)
  const moved = !isSame(transportOf(draft), transportOf(was))
  return {
    ...(draft.name.trim() === before.name ? {} : { name: draft.name.trim() || null }),
    ...(draft.slug.trim() === before.slug ? {} : { slug: draft.slug.trim() }),
    ...(moved ? { transport: transportOf(draft) } : {}),
    ...(draft.secret === '' ? {} : { credential: credentialOf(draft) }),
    ...(before.credential !== null && !draft.hasCredential ? { credential: null } : {}),
    ...(isSame(draft.times, was.times) ? {} : { timeouts: writtenTimes(draft.times) }),
    ...(draft.perGateway === before.perGateway ? {} : { perGateway: draft.perGateway }),
  }
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

/** Lines of a .env file: `NAME=value`, comments and `export` left out. Null: this is no such text. */
export function variablesIn(text: string): Variable[] | null {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.trim().startsWith('#'))
  const found = lines.map((line) => /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*)$/.exec(line))
  if (lines.length === 0 || found.includes(null)) return null
  return found.map((match) => ({ name: match?.[1] ?? '', value: unquoted(match?.[2] ?? ''), isKept: false }))
}

const unquoted = (value: string): string => /^(["'])(.*)\1$/.exec(value.trim())?.[2] ?? value.trim()

/**
 * A whole command line that was put where the program alone belongs, parted as a shell parts it: at spaces, with quotes
 * and backslashes taken off. Null: it is one word, or its quotes do not end.
 */
export function commandLineOf(text: string): { readonly command: string; readonly args: readonly string[] } | null {
  const word = /(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\])+/gs
  const words = text.match(word) ?? []
  if (words.length < 2 || text.replaceAll(word, '').trim() !== '') return null
  const [command = '', ...args] = words.map((quoted) =>
    quoted.replaceAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/gs, (_, double, single, escaped) =>
      double === undefined ? (single ?? escaped) : double.replaceAll(/\\(["\\$`])/g, '$1'),
    ),
  )
  return { command, args }
}
