import type { NewServer, NewServerCredential } from '../schema.ts'
import type { Found, Missing } from './values.ts'

/** One server of a document. Without `definition` it cannot be made: a value is missing, or `problem` says why. */
export type Entry = {
  /** As the document calls it. */
  readonly name: string
  readonly definition: Pick<NewServer, 'transport' | 'credential'> | null
  readonly missing: readonly Missing[]
  readonly problem: string | null
}

export const unfit = (name: string, problem: string): Entry => ({ name, definition: null, missing: [], problem })

export type Header = { readonly name: string; readonly found: Found }

/** A server over HTTP, of an address and its headers. */
export function remoteEntry(name: string, type: 'http' | 'sse', url: Found, headers: readonly Header[]): Entry {
  const missing = [...url.missing, ...headers.flatMap(({ found }) => found.missing)]
  // An address is shown to everybody who may see servers.
  if (url.isSecret) return unfit(name, 'its address would hold a secret: give that in a header')
  const set = headers.filter(({ found }) => found.value !== null && found.value !== '')
  if (set.length > 1) {
    const names = set.map((header) => header.name).join(', ')
    return unfit(name, `it wants ${set.length} headers (${names}), and a server here has one credential`)
  }
  if (missing.length > 0 || url.value === null) return { name, definition: null, missing, problem: null }
  const [header] = set
  const transport = { type, url: url.value }
  const definition = header === undefined ? { transport } : { transport, credential: credentialOf(header) }
  return { name, definition, missing, problem: null }
}

/** Of the text around a secret only a plain scheme is kept as text; everything else goes into the credential. */
const scheme = /^(?:[A-Za-z-]{1,32} )?\{value\}$/

function credentialOf({ name, found }: Header): NewServerCredential {
  const { inner } = found
  if (inner && scheme.test(inner.template))
    return { slot: 'header', name, template: inner.template, value: inner.value }
  const whole = found.value ?? ''
  const bearer = name.toLowerCase() === 'authorization' ? /^Bearer (.+)$/s.exec(whole)?.[1] : undefined
  const [template, value] = bearer === undefined ? ['{value}', whole] : ['Bearer {value}', bearer]
  return { slot: 'header', name, template, value }
}

export type Program = {
  readonly command: string
  readonly args: readonly Found[]
  readonly env: Readonly<Record<string, Found>>
}

/** A command, with its variables. */
export function programEntry(name: string, { command, args, env }: Program): Entry {
  const missing = [...args, ...Object.values(env)].flatMap((found) => found.missing)
  if (args.some(({ isSecret }) => isSecret))
    return unfit(name, 'an argument would hold a secret, and arguments are shown: give it in `env`')
  if (missing.length > 0) return { name, definition: null, missing, problem: null }
  const values = Object.entries(env).flatMap(([key, { value }]) => (value === null ? [] : [[key, value] as const]))
  const transport = {
    type: 'stdio' as const,
    command,
    args: args.flatMap(({ value }) => value ?? []),
    ...(values.length === 0 ? {} : { env: Object.fromEntries(values) }),
  }
  return { name, definition: { transport }, missing, problem: null }
}
