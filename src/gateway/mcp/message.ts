import { isUtf8 } from 'node:buffer'
import type { IncomingHttpHeaders } from 'node:http'
import { readBody } from '../../http/body.ts'
import { ok, type Problem, type Result, refuse } from '../../problems.ts'
import type { Incoming } from '../incoming.ts'
import { disagreement } from './mirror.ts'
import { excessOf } from './structure.ts'
import { ambiguityOf } from './unambiguous.ts'

/** The request id of a JSON-RPC message as far as we may echo it. */
export type RpcId = string | number | null

/** A call as it was proved to be read by everybody: `bytes` go upstream untouched, the rest is what we decide on. */
export type Message = {
  /** Null for GET and DELETE. */
  readonly bytes: Buffer | null
  readonly json: unknown
  /** JSON-RPC method; `response` for an answer to the server's own request; the HTTP method without a body. */
  readonly method: string
  /** Of `tools/call`. */
  readonly tool: string | null
  readonly id: RpcId
}

/**
 * A stream that brings what belongs to no call and may stay open for hours. The answer to a call, however it is framed, is
 * none.
 */
export const opensStream = (method: string): boolean => method === 'GET' || method === 'subscriptions/listen'

type NoteId = (id: RpcId) => void

/** Same as the default of both official SDKs. */
export const bodyLimit = 4 * 1024 * 1024
const limits = { maxBytes: bodyLimit, idleMs: 30_000 }

/** No promise where the body is here already, as it is with most calls. */
export function readMessage(call: Incoming, noteId: NoteId): Result<Message> | Promise<Result<Message>> {
  const { request } = call
  if (request.method !== 'POST') return ok(withoutBody(request.method ?? ''))
  const refusal = unreadable(request.headers)
  if (refusal) return refusal
  const body = readBody(request, limits)
  return body instanceof Promise
    ? body.then((whole) => parseBody(whole, request.headers, noteId))
    : parseBody(body, request.headers, noteId)
}

const parseBody = (body: Result<Buffer>, headers: IncomingHttpHeaders, noteId: NoteId): Result<Message> =>
  body.ok ? parseMessage(body.value, headers, noteId) : body

/** Pure: from bytes and headers to the one reading that both have, or the reason why there is none. */
export function parseMessage(bytes: Buffer, headers: IncomingHttpHeaders, noteId: NoteId = () => {}): Result<Message> {
  // Bytes that are no UTF-8 become U+FFFD in our text and something else in the text of others.
  if (!isUtf8(bytes)) return refuse('malformed_json', { detail: 'The body is not UTF-8.' })
  const excess = excessOf(bytes)
  if (excess !== null) return excess
  const text = bytes.toString('utf8')
  const json = parse(text)
  if (json === undefined) return refuse('malformed_json')
  if (Array.isArray(json)) return batch
  if (!isObject(json)) return notAMessage
  const ambiguity = ambiguityOf(text, json)
  if (ambiguity !== null) return refuse('message_ambiguous', { detail: ambiguity })
  const read = namesOf(json)
  // From here on the message has one reading, so its refusal may name it.
  noteId(idOf(json['id']))
  if (read === null) return notAMessage
  const header = disagreement(headers, read)
  if (header !== null) {
    return refuse('header_mismatch', { detail: `The header ${header} says something else than the body.` })
  }
  return ok({ bytes, json, method: read.method ?? 'response', tool: read.tool, id: idOf(json['id']) })
}

type Refusal = { readonly ok: false; readonly problem: Problem }

/** A body that is not plain UTF-8 JSON can be one text to us and another to the server. */
export function unreadable(headers: IncomingHttpHeaders): Refusal | null {
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') return encodedBody
  const type = headers['content-type']
  // Servers honour it: in UTF-7, which is ASCII too, `+AG4-ame` is the member `name`.
  if (type?.includes('=')) {
    // RFC 2231 writes the same parameter as `charset*=` or in numbered pieces; which of the two a server takes is open.
    if (/charset\s*\*/i.test(type)) return foreignCharset
    for (const [, charset] of type.matchAll(/charset\s*=\s*["']?([^\s"';]*)/gi)) {
      if (!/^utf-?8$/i.test(charset ?? '')) return foreignCharset
    }
  }
  return null
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

type Names = {
  readonly method: string | null
  readonly params: Readonly<Record<string, unknown>> | null
  readonly version: string | null
  readonly tool: string | null
}

/** What we call messages without a method: no method of that name may pass for one, where others do not (decision 0012). */
const ours: ReadonlySet<string> = new Set(['response', 'GET', 'DELETE'])

/** Null: a deciding member is not what JSON-RPC says it is, and a server that coerces it would run what we did not read. */
function namesOf(json: Readonly<Record<string, unknown>>): Names | null {
  const { method, params } = json
  if (method === undefined) return { method: null, params: null, version: null, tool: null }
  if (typeof method !== 'string' || ours.has(method)) return null
  if (params === undefined) return { method, params: null, version: null, tool: null }
  if (!isObject(params)) return method === 'tools/call' ? null : { method, params: null, version: null, tool: null }
  const name = params['name']
  const isCall = method === 'tools/call'
  if (isCall && name !== undefined && typeof name !== 'string') return null
  const meta = params['_meta']
  const version = isObject(meta) ? meta['io.modelcontextprotocol/protocolVersion'] : null
  return {
    method,
    params,
    version: typeof version === 'string' ? version : null,
    tool: isCall && typeof name === 'string' ? name : null,
  }
}

/** Echoed only where it is sure to be the same number again: a wrong id would answer another request. */
const idOf = (id: unknown): RpcId =>
  typeof id === 'string' || (typeof id === 'number' && Number.isSafeInteger(id)) ? id : null

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const withoutBody = (method: string): Message => ({ bytes: null, json: null, method, tool: null, id: null })

const batch = refuse('batch_not_allowed', { detail: 'Send one message per call.' })
const notAMessage = refuse('message_ambiguous', { detail: 'The body is not one JSON-RPC message.' })
const encodedBody = refuse('unsupported_media_type', { detail: 'Send the body without Content-Encoding.' })
const foreignCharset = refuse('unsupported_media_type', { detail: 'Send the body as UTF-8.' })
