import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import { readBody } from '../http/body.ts'
import type { Route, RouteInput } from '../http/route.ts'
import { ok, type Result, refuse } from '../problems.ts'

/** A REST request as the pipeline sees it, whatever server took it in. */
export type Call = {
  readonly stream: IncomingMessage
  readonly requestId: string
  readonly address: string
  /** The address is a proxy's and stands for many callers. */
  readonly isProxy: boolean
  readonly authorization: string | null
  /** Path and raw query string: what an Idempotency-Key belongs to. */
  readonly path: string
  readonly rawQuery: string
  readonly params: unknown
  readonly query: unknown
}

type Body = { readonly bytes: Buffer; readonly value: unknown }
type Failure = { readonly pointer: string; readonly detail: string }

export const bodyLimits = { maxBytes: 1_048_576, idleMs: 10_000 } as const

const isJson = (contentType: string | undefined): boolean =>
  /^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i.test(contentType ?? '')

const decoder = new TextDecoder('utf-8', { fatal: true })

/** No body at all reads as `{}`, so that a verb without arguments needs none. */
export const readJson = async ({ stream }: Call): Promise<Result<Body>> => {
  const encoding = stream.headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity')
    return refuse('unsupported_media_type', { detail: 'Send the body without Content-Encoding.' })
  const read = await readBody(stream, bodyLimits)
  if (!read.ok) return read
  if (read.value.length === 0) return ok({ bytes: read.value, value: {} })
  if (!isJson(stream.headers['content-type']))
    return refuse('unsupported_media_type', { detail: 'Send the body as application/json in UTF-8.' })
  try {
    return ok({ bytes: read.value, value: JSON.parse(decoder.decode(read.value)) })
  } catch {
    // The parser's own message quotes the body, which may hold a secret.
    return refuse('malformed_json')
  }
}

const token = (part: PropertyKey): string => String(part).replaceAll('~', '~0').replaceAll('/', '~1')
const pointerOf = (path: readonly PropertyKey[]): string => path.map((part) => `/${token(part)}`).join('')

/** RFC 6901 pointers into the body; `?name` for a query parameter, `:name` for a part of the path. */
const failuresOf = (issues: readonly z.core.$ZodIssue[], name: (path: readonly PropertyKey[]) => string): Failure[] =>
  issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ pointer: name([...issue.path, key]), detail: 'There is no such field.' }))
    return [{ pointer: name(issue.path), detail: issue.message }]
  })

/** Unknown fields are refused even where a schema forgot to say so. */
const strictly = (schema: z.ZodType | undefined): z.ZodType => {
  if (schema === undefined) return z.strictObject({})
  return schema instanceof z.ZodObject ? schema.strict() : schema
}

/** More than that in one answer helps nobody, and a body may hold a hundred thousand. */
const failuresShown = 100

/**
 * What no field takes, whatever its schema says: PostgreSQL stores no NUL, half a surrogate pair would come back as
 * another character, and a member called `__proto__` is skipped by parsers. A loop and not a recursion: a body may be
 * nested deeper than the stack.
 */
const unfit = (value: unknown, name: (path: readonly PropertyKey[]) => string): Failure[] => {
  const failures: Failure[] = []
  let seen = 0
  const waiting: { readonly value: unknown; readonly path: readonly PropertyKey[] }[] = [{ value, path: [] }]
  for (let next = waiting.pop(); next && failures.length < failuresShown; next = waiting.pop()) {
    const { value: part, path } = next
    if (path.length > deepest) return [{ pointer: name(path), detail: 'is nested too deeply' }]
    if (typeof part === 'string' && !isPlain(part))
      failures.push({ pointer: name(path), detail: 'holds a broken character' })
    if (typeof part !== 'object' || part === null) continue
    seen += Object.keys(part).length
    if (seen > partsTaken) return [{ pointer: name(path), detail: 'holds too many parts' }]
    for (const [key, inner] of Object.entries(part)) {
      if (key === '__proto__') failures.push({ pointer: name([...path, key]), detail: 'There is no such field.' })
      else if (!isPlain(key)) failures.push({ pointer: name(path), detail: 'holds a broken name' })
      else waiting.push({ value: inner, path: [...path, key] })
    }
  }
  return failures
}
const deepest = 32
/** Beyond that a schema would take its time with each part, and no call needs as many. */
const partsTaken = 20_000
const isPlain = (text: string): boolean => !text.includes('\0') && text.isWellFormed()

type AnyRoute = Pick<Route<never, never>, 'params' | 'query' | 'body'>

/** Parses what a route declares, strictly; what it does not declare must not be there. */
export const createInputParser = (route: AnyRoute) => {
  const params = strictly(route.params)
  const parts = [
    { schema: strictly(route.query), name: (path: readonly PropertyKey[]) => `?${path.join('.')}` },
    { schema: strictly(route.body), name: pointerOf },
  ] as const
  return (call: Call, body: unknown): Result<RouteInput<unknown, unknown, unknown>> => {
    // What cannot be an id names nothing that is here, and is told so like any other unknown one.
    const named = params.safeParse(call.params)
    if (!named.success || unfit(call.params, pointerOf).length > 0) return refuse('not_found')
    const given = [call.query, body]
    const broken = parts.flatMap(({ name }, at) => unfit(given[at], name))
    const parsed = broken.length > 0 ? [] : parts.map(({ schema }, at) => schema.safeParse(given[at]))
    const issues = parsed.flatMap(({ error }, at) => failuresOf(error?.issues ?? [], parts[at]?.name ?? pointerOf))
    const errors = [...broken, ...issues].slice(0, failuresShown)
    if (errors.length > 0) return refuse('invalid', { detail: 'Some of the input is not valid; see errors.', errors })
    const [query, parsedBody] = parsed.map(({ data }) => data)
    return ok({
      params: named.data,
      query,
      body: parsedBody,
      requestId: call.requestId,
      address: call.address,
      ifMatch: call.stream.headers['if-match'] ?? null,
    })
  }
}
