import { z } from 'zod'
import { loadClient } from '../config.ts'
import { type ProblemCode, problems } from '../problems.ts'
import type { Secret } from '../secret.ts'
import { type Exit, exit, exitOf } from './exit.ts'
import type { Terminal } from './terminal.ts'

/** A refusal as control writes it, or one of our own in the same form when control was never reached. */
export const ProblemDocument = z.looseObject({
  code: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  requestId: z.string().optional(),
  errors: z.array(z.looseObject({ pointer: z.string(), detail: z.string() })).optional(),
})
export type ProblemDocument = z.infer<typeof ProblemDocument>

export type Failure = { readonly ok: false; readonly exit: Exit; readonly problem: ProblemDocument }
export type Answered<T> = {
  readonly ok: true
  readonly value: T
  readonly raw: unknown
  /** Of the one object in the answer, for `If-Match`. */
  readonly etag: string | null
}
export type Answer<T> = Answered<T> | Failure

export type Call = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below /api/v1. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly body?: unknown
  /** The state that the change was thought out for; another one is refused as `stale`. */
  readonly ifMatch?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
}
/** Sends a call and reads the answer by a schema that forgives fields of later versions. */
export type Control = {
  readonly url: string
  readonly call: <T>(call: Call, answer: z.ZodType<T>) => Promise<Answer<T>>
  /** Hands on the text of an answer of any size as it comes; half of one ends as a failure. */
  readonly download: (call: Call, take: (chunk: string) => void) => Promise<Answer<null>>
}

export const failure = (code: string, title: string, detail: string, status = 0, at: Exit = exit.failed): Failure => ({
  ok: false,
  exit: at,
  problem: { code, title, status, detail },
})

export const usage = (detail: string): Failure => failure('usage', 'The command is not complete', detail, 0, exit.usage)

/** In the words of the catalogue, as control would refuse it. */
export const refusal = (code: ProblemCode, detail: string): Failure =>
  failure(code, problems[code].title, detail, problems[code].status, exitOf(problems[code].status))

/** Control as the environment names it; without a token only public calls work. */
export function connect(terminal: Terminal, needs: 'token' | 'nobody' = 'token', at?: string): Control | Failure {
  const { env, readFile } = terminal
  const settings = loadClient({ flags: {}, env, readFile })
  if (!settings.ok) return usage(settings.message)
  const { token } = settings.value
  const url = at ?? settings.value.url
  if (needs === 'token' && token === null)
    return refusal('not_signed_in', 'Set OSTIARY_TOKEN, or OSTIARY_TOKEN_FILE, to a management token.')
  const place = { terminal, url, token: needs === 'token' ? token : null }
  return {
    url,
    call: (call, schema) => send(place, call, schema),
    download: (call, take) => download(place, call, take),
  }
}

type Place = { readonly terminal: Terminal; readonly url: string; readonly token: Secret | null }

async function send<T>(place: Place, call: Call, schema: z.ZodType<T>): Promise<Answer<T>> {
  try {
    const response = await ask(place, call)
    return read(response, await response.text(), place.url, schema)
  } catch (error) {
    return unreachable(place, error)
  }
}

async function download(place: Place, call: Call, take: (chunk: string) => void): Promise<Answer<null>> {
  try {
    const response = await ask(place, call)
    if (!response.ok) return read(response, await response.text(), place.url, z.null())
    const text = new TextDecoder()
    for await (const chunk of response.body ?? []) take(text.decode(chunk, { stream: true }))
    return { ok: true, value: null, raw: null, etag: null }
  } catch (error) {
    return unreachable(place, error)
  }
}

const unreachable = ({ url }: Place, error: unknown): Failure =>
  failure('unreachable', 'Control did not answer', `${url}: ${reasonOf(error)}.`, 0, exit.unreachable)

function ask(
  { terminal, url, token }: Place,
  { method, path, query = {}, body, ifMatch, headers: more = {} }: Call,
): Promise<Response> {
  const target = new URL(`/api/v1${path}`, url)
  for (const [name, value] of Object.entries(query)) if (value !== undefined) target.searchParams.set(name, value)
  const headers: Record<string, string> = { ...more, accept: 'application/json' }
  if (token !== null) headers['authorization'] = `Bearer ${token.reveal()}`
  if (body !== undefined) headers['content-type'] = 'application/json'
  if (ifMatch !== undefined) headers['if-match'] = ifMatch
  const content = body === undefined ? {} : { body: JSON.stringify(body) }
  // Never followed: a redirect would carry the token to wherever it points.
  const how = { method, headers, ...content, redirect: 'manual', signal: AbortSignal.timeout(patienceMs) } as const
  return terminal.fetch(target, how)
}

/** Large exports and imports take their time. */
const patienceMs = 300_000

function read<T>(response: Response, text: string, url: string, schema: z.ZodType<T>): Answer<T> {
  const raw = parseJson(text)
  if (response.ok) {
    const parsed = schema.safeParse(raw)
    if (parsed.success) return { ok: true, value: parsed.data, raw, etag: response.headers.get('etag') }
    return failure(
      'unexpected_answer',
      'The answer is not one of ours',
      `Is ${url} the control of Ostiary?`,
      response.status,
    )
  }
  const problem = ProblemDocument.safeParse(raw)
  if (problem.success) return { ok: false, exit: exitOf(response.status), problem: problem.data }
  const detail = `${url} answered ${response.status}; is it the control of Ostiary?`
  return failure('unexpected_answer', 'The answer is not one of ours', detail, response.status, exitOf(response.status))
}

function parseJson(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text)
  } catch {
    return undefined
  }
}

/** fetch says "fetch failed" and hides the reason in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  if (cause instanceof AggregateError && cause.errors[0] instanceof Error) return cause.errors[0].message
  return cause instanceof Error ? cause.message : error.message
}
