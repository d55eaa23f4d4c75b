import type { CurrentSession } from '../src/people/sessions/schema.ts'
import type { ProblemCode } from '../src/problems.ts'

/** A refusal as REST says it (RFC 9457), and what says that nobody answered. */
export type Refusal = {
  readonly status: number
  readonly code: ProblemCode | 'unreachable'
  readonly title: string
  readonly detail?: string
  readonly requestId?: string
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[]
  /** The roles that could do it, where the own one may not. */
  readonly grantedBy?: readonly string[]
  readonly [more: string]: unknown
}
export class Refused extends Error {
  readonly refusal: Refusal
  constructor(refusal: Refusal) {
    super(refusal.detail ?? refusal.title)
    this.refusal = refusal
  }
}

/** Slug and name of what stands in an answer by its id. */
export type Refs = Readonly<Record<string, { readonly slug: string | null; readonly name: string }>>

/** One page of a list. `total` is exact up to 10,000 and missing where nobody counts. */
export type PageOf<T> = {
  readonly items: readonly T[]
  readonly nextCursor: string | null
  readonly total?: number | null
  readonly refs?: Refs
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'
type Options = {
  readonly body?: unknown
  /** The revision that is changed: another one meanwhile, and the change is refused (`stale`). */
  readonly revision?: number
  /** The same for every try of one change. */
  readonly idempotencyKey?: string
  readonly signal?: AbortSignal
}

/** Of the session: what calls carry, whose they are and in which organization. Never stored. */
let csrfToken = ''
let organization: string | null = null
let memberId: string | null = null
let isGoing = false
/** The page has to go, whatever it waits for: its session is over, or is somebody else's. */
export const isLeaving = (): boolean => isGoing
type Named = { readonly id: string }
type Kept = { readonly csrfToken: string; readonly member: Named; readonly organization: Named }

/**
 * One page is one person's. Where another one has signed in meanwhile, in another tab, nothing that was begun here is
 * done in that one's name: the page begins anew, as that one's.
 */
export const keepSession = (session: Kept): void => {
  if (memberId !== null && memberId !== session.member.id) {
    isGoing = true
    location.reload()
    throw new Refused({ status: 403, code: 'cross_site', title: 'Somebody else has signed in in this browser' })
  }
  csrfToken = session.csrfToken
  organization = session.organization.id
  memberId = session.member.id
}

/** The organization that was picked is all that outlives the page: no token, no secret. */
const picked = 'ostiary-organization'
export const pickedOrganization = (): string | null => organization ?? sessionStorage.getItem(picked)
export const pickOrganization = (id: string): void => {
  organization = id
  sessionStorage.setItem(picked, id)
}
export const forgetOrganization = (): void => {
  organization = null
  sessionStorage.removeItem(picked)
}

/** The tag of one object is made of its id and revision; the id is in the path, and of policies it is the organization's. */
const etagOf = (path: string, revision: number): string => {
  const id = path.split('?')[0]?.split('/')[2] ?? pickedOrganization() ?? ''
  return `"${decodeURIComponent(id)}-${revision}"`
}

/** What says whose the cookie is cannot need to know it. */
const asksWho = (method: Method, path: string): boolean => method === 'GET' && path === '/sessions/current'

const headersOf = (method: Method, path: string, options: Options): Record<string, string> => {
  const { body, revision, idempotencyKey } = options
  const named = pickedOrganization()
  return {
    accept: 'application/json',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(named === null ? {} : { 'ostiary-organization': named }),
    // Also where nothing is changed: else what another one may see, who has signed in meanwhile, would stand under this name.
    ...(asksWho(method, path) || csrfToken === '' ? {} : { 'ostiary-csrf': csrfToken }),
    ...(revision === undefined ? {} : { 'if-match': etagOf(path, revision) }),
    ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
  }
}

const send = async (method: Method, path: string, options: Options): Promise<Response> => {
  const { body, signal } = options
  try {
    return await fetch(`/api/v1${path}`, {
      method,
      headers: headersOf(method, path, options),
      credentials: 'same-origin',
      cache: 'no-store',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    })
  } catch (error) {
    throw signal?.aborted ? error : unanswered()
  }
}

const unanswered = (): Refused => new Refused({ status: 0, code: 'unreachable', title: 'Ostiary did not answer' })

/** Whole, or nobody has answered: what was asked may be done, or not. */
const wholeOf = <T>(body: Promise<T>, signal?: AbortSignal): Promise<T> =>
  body.catch((error: unknown) => {
    throw signal?.aborted ? error : unanswered()
  })

/**
 * Ids stand in the address of a page, and anybody can make a link to one. What browsers would read as another path (dots,
 * backslashes, what they leave out) is no id of ours: else `?revoke=../members/…` would make one call out of another.
 */
const goesWhereItSays = (path: string): boolean => {
  const [said = ''] = path.split('?', 1)
  return new URL(`http://ostiary/api/v1${said}`).pathname === `/api/v1${said}`
}

const refusalOf = async (answer: Response): Promise<Refused> => {
  const body: Refusal | null = await answer.json().catch(() => null)
  const { status } = answer
  const requestId = answer.headers.get('x-request-id') ?? ''
  return new Refused(body ?? { status, code: 'internal', title: `The answer was ${status}`, requestId })
}

/** Whoever is not signed in any more is sent to the sign-in page, and back from there. */
const signInAgain = (): void => {
  const here = `${location.pathname}${location.search}`
  isGoing = true
  location.assign(`/sign-in?returnTo=${encodeURIComponent(here)}`)
}

/** The answer of a call, or `Refused`. `ask<KeyView>('GET /keys/key_…')` */
export async function ask<T>(line: `${Method} /${string}`, options: Options = {}): Promise<T> {
  const answer = await answerOf(line, options)
  return answer.status === 204 ? (undefined as T) : wholeOf(answer.json(), options.signal)
}

/** What is downloaded: its text and the name that the server gives it. */
export async function download(line: `GET /${string}`): Promise<{ blob: Blob; name: string }> {
  const answer = await answerOf(line, {})
  const name = /filename="([\w.-]+)"/.exec(answer.headers.get('content-disposition') ?? '')?.[1]
  return { blob: await wholeOf(answer.blob()), name: name ?? 'export.txt' }
}

async function answerOf(line: `${Method} /${string}`, options: Options): Promise<Response> {
  const at = line.indexOf(' ')
  const [method, path] = [line.slice(0, at) as Method, line.slice(at + 1)]
  if (!goesWhereItSays(path))
    throw new Refused({ status: 404, code: 'not_found', title: 'There is no such thing here' })
  let answer = await send(method, path, options)
  if (answer.ok) return answer
  let refused = await refusalOf(answer)
  if (refused.refusal.code === 'cross_site' && !asksWho(method, path)) {
    // The same person has signed in meanwhile, in another tab: the cookie is a new one, and its token another.
    keepSession(await ask<CurrentSession>('GET /sessions/current'))
    answer = await send(method, path, options)
    if (answer.ok) return answer
    refused = await refusalOf(answer)
  }
  if (refused.refusal.code === 'not_signed_in') signInAgain()
  throw refused
}

/** 128 random bits: `crypto.randomUUID` is there on https and on this machine only, this is everywhere. */
export const newIdempotencyKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')

/** Query text of what is set; what is empty or missing is left out. */
export const queryOf = (query: Readonly<Record<string, string | number | boolean | null | undefined>>): string => {
  const set = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '')
  const text = new URLSearchParams(set.map(([name, value]) => [name, String(value)])).toString()
  return text === '' ? '' : `?${text}`
}
