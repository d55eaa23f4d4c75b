import { z } from 'zod'
import { Detached, targetTypes } from '../limits/schema.ts'
import { type ChangeOptions, changeOne } from './change-one.ts'
import { usage } from './control.ts'
import type { Exit } from './exit.ts'
import { together } from './input.ts'
import { filteredBy, type ListOptions, printList } from './list.ts'
import { makeOne } from './make-one.ts'
import { asTyped } from './perform.ts'
import { printFailure, type Style } from './print.ts'
import { named, type Refs } from './refs.ts'
import type { Resource } from './resource.ts'
import type { Terminal } from './terminal.ts'
import { type Given, isOneOf } from './values.ts'

const Used = z.looseObject({ used: z.number(), limit: z.number() }).nullable().optional()
const LimitFields = z.looseObject({
  id: z.string(),
  target: z.looseObject({ type: z.string(), id: z.string(), name: z.string().nullable() }),
  requestsPerMinute: z.number().nullable(),
  tokensPerMinute: z.number().nullable(),
  concurrent: z.number().nullable(),
  streams: z.number().nullable(),
  detached: z.string(),
  now: z.looseObject({ requests: Used, tokens: Used, concurrent: Used, streams: Used }),
  createdAt: z.string(),
})
type LimitFields = z.infer<typeof LimitFields>

const measures = ['requests', 'tokens', 'concurrent', 'streams'] as const

/** `12 of 60`: what is taken of the running minute, or at the moment. */
const standing = (used: z.infer<typeof Used>): string => (used ? `${used.used} of ${used.limit}` : 'no limit')

const about = ({ target: { type, id, name } }: LimitFields, refs: Refs): string =>
  name === null ? `${type} ${named(id, refs)}` : `${type} ${name} of ${named(id, refs)}`

export const limits: Resource<LimitFields> = {
  path: '/limits',
  field: 'limit',
  item: LimitFields,
  titleOf: ({ id }) => id,
  facts: (limit, refs) => [
    ['id', limit.id],
    ['of', about(limit, refs)],
    ['requests this minute', standing(limit.now.requests)],
    ['tokens this minute', standing(limit.now.tokens)],
    ['calls at the same time', standing(limit.now.concurrent)],
    ['open streams', standing(limit.now.streams)],
    ['without control', limit.detached === 'closed' ? 'refused' : 'each gateway has its share'],
    ['created', limit.createdAt],
  ],
  head: ['ID', 'OF', 'REQUESTS', 'TOKENS', 'CONCURRENT', 'STREAMS'],
  row: (limit, refs) => [limit.id, about(limit, refs), ...measures.map((measure) => standing(limit.now[measure]))],
}

type Numbers = {
  readonly rpm?: string
  readonly tpm?: string
  readonly concurrent?: string
  readonly streams?: string
  readonly detached?: string
}
export type LimitsCreateOptions = Style & Numbers & { readonly name?: string }
export type LimitsUpdateOptions = ChangeOptions & Numbers
export type LimitsListOptions = ListOptions & { readonly type?: string; readonly target?: string }

export const limitsCreate = (
  terminal: Terminal,
  type: string,
  id: string | undefined,
  options: LimitsCreateOptions,
): Promise<Exit> => makeOne(terminal, { resource: limits }, newLimit(type, id, options), asTyped, options)

export const limitsUpdate = (terminal: Terminal, id: string, options: LimitsUpdateOptions): Promise<Exit> =>
  changeOne(terminal, { resource: limits, id }, changesIn(options), asTyped, options)

export async function limitsList(terminal: Terminal, options: LimitsListOptions): Promise<Exit> {
  const { type, target } = options
  if (type !== undefined && !isOneOf(targetTypes, type)) return printFailure(terminal, wrongType(type), options)
  return printList(terminal, limits, options, filteredBy({ type, target }))
}

const wrongType = (type: string) => usage(`A limit is of one of these: ${targetTypes.join(', ')}; not of "${type}".`)

function newLimit(type: string, id: string | undefined, options: LimitsCreateOptions): Given<object> {
  if (!isOneOf(targetTypes, type)) return wrongType(type)
  const numbers = numbersIn(options)
  if (!numbers.ok) return numbers
  if (type !== 'organization' && id === undefined) return usage(`Say which ${type}: its id or slug comes after it.`)
  const { name } = options
  const target = { type, ...(id === undefined ? {} : { id }), ...(name === undefined ? {} : { name }) }
  return { ok: true, value: { target, ...numbers.value } }
}

function changesIn(options: LimitsUpdateOptions): Given<object> {
  const numbers = numbersIn(options)
  if (!numbers.ok || Object.keys(numbers.value).length > 0) return numbers
  return usage('Nothing to change was given; --help names what can be.')
}

const numbersIn = ({ rpm, tpm, concurrent, streams, detached }: Numbers) =>
  together({
    requestsPerMinute: numberOf('--rpm', rpm),
    tokensPerMinute: numberOf('--tpm', tpm),
    concurrent: numberOf('--concurrent', concurrent),
    streams: numberOf('--streams', streams),
    detached: wordOf(detached),
  })

function numberOf(flag: string, text: string | undefined): Given<number | null | undefined> {
  if (text === undefined || text === 'none') return { ok: true, value: text === undefined ? undefined : null }
  const isRight = /^[1-9]\d{0,9}$/.test(text) && Number(text) <= 1_000_000_000
  return isRight
    ? { ok: true, value: Number(text) }
    : usage(`${flag} must be a whole number from 1 to 1000000000, or none; not "${text}".`)
}

const wordOf = (text: string | undefined): Given<string | undefined> =>
  text === undefined || isOneOf(Detached.options, text)
    ? { ok: true, value: text }
    : usage(`--detached must be share or closed, not "${text}".`)
