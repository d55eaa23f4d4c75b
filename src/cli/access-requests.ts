import { z } from 'zod'
import { AccessRequestState, NewAccessRequest } from '../access-requests/schema.ts'
import { usage } from './control.ts'
import type { Exit } from './exit.ts'
import { inputOf, present } from './input.ts'
import { type ListOptions, printList } from './list.ts'
import { makeOne } from './make-one.ts'
import { member, memberIdOf } from './member-ids.ts'
import { asTyped } from './perform.ts'
import { printFailure, type Style } from './print.ts'
import type { Resource } from './resource.ts'
import type { Terminal } from './terminal.ts'
import { type Given, isInstant, isOneOf } from './values.ts'
import { nothing, type VerbOptions, verbOne } from './verb-one.ts'

const Named = z.looseObject({ id: z.string(), name: z.string() })
const AccessRequestFields = z.looseObject({
  id: z.string(),
  state: z.string(),
  member: Named,
  target: Named.extend({ type: z.string() }),
  kind: z.string(),
  subject: Named,
  tool: z.string().optional(),
  model: z.string().optional(),
  usd: z.string().optional(),
  reason: z.string(),
  createdAt: z.string(),
  decidedAt: z.string().nullable(),
  decidedBy: Named.nullable(),
  decisionReason: z.string().nullable(),
  until: z.string().nullable(),
  endedAt: z.string().nullable(),
})
type AccessRequestFields = z.infer<typeof AccessRequestFields>

const asked = ({ kind, subject, tool, model, usd }: AccessRequestFields): string => {
  if (kind === 'budget') return `${usd ?? '?'} USD more in the ${subject.name}`
  const part = tool ?? model
  return `${kind} ${part === undefined ? subject.name : `${subject.name}/${part}`}`
}
const forWhom = ({ target: { type, id, name } }: AccessRequestFields): string =>
  type === 'key' ? `key ${name} (${id})` : name
const lasts = ({ state, kind, until }: AccessRequestFields): string =>
  state === 'approved' || state === 'ended' ? (until ?? (kind === 'budget' ? 'the running period' : 'for good')) : '-'

export const accessRequests: Resource<AccessRequestFields> = {
  path: '/access-requests',
  field: 'accessRequest',
  item: AccessRequestFields,
  titleOf: ({ id }) => id,
  facts: (request) => [
    ['id', request.id],
    ['state', request.state],
    ['asks for', asked(request)],
    ['for', forWhom(request)],
    ['by', request.member.name],
    ['why', request.reason],
    ['created', request.createdAt],
    ['decided', request.decidedAt === null ? 'not yet' : `${request.decidedAt} by ${request.decidedBy?.name ?? '?'}`],
    ['because', request.decisionReason ?? '-'],
    ['until', lasts(request)],
    ['ended', request.endedAt ?? '-'],
  ],
  head: ['ID', 'STATE', 'ASKS FOR', 'FOR', 'BY', 'UNTIL', 'CREATED'],
  row: (request) => [
    request.id,
    request.state,
    asked(request),
    forWhom(request),
    request.member.name,
    lasts(request),
    request.createdAt,
  ],
}

export type AccessRequestsCreateOptions = Style & {
  readonly key?: string
  readonly server?: string
  readonly tool?: string
  readonly provider?: string
  readonly model?: string
  readonly budget?: string
  readonly usd?: string
  readonly reason?: string
}

const sentences = {
  reason: '--reason must say why, in 2000 characters at most.',
  budget: '--usd must be USD such as 25 or 0.50, more than 0.',
}

export function accessRequestsCreate(terminal: Terminal, options: AccessRequestsCreateOptions): Promise<Exit> {
  return makeOne(
    terminal,
    { resource: accessRequests, aside: 'You are told when somebody has decided.\n' },
    newRequest(options),
    asTyped,
    options,
  )
}

function newRequest(options: AccessRequestsCreateOptions): Given<NewAccessRequest> {
  const { key, server, tool, provider, model, budget, usd, reason } = options
  if (budget !== undefined && usd === undefined) return usage('Say how much more with --usd.')
  const named = [server, tool, provider, model, usd].filter((each) => each !== undefined)
  if (named.length !== 1) return usage('Say exactly one of --server, --tool, --provider, --model and --usd.')
  const money = usd === undefined ? {} : { budget: present({ id: budget, usd }) }
  return inputOf(NewAccessRequest, { key, server, tool, provider, model, reason, ...money }, sentences)
}

export type AccessRequestsListOptions = ListOptions & {
  readonly state?: string
  readonly mine?: boolean
  readonly member?: string
}

export async function accessRequestsList(terminal: Terminal, options: AccessRequestsListOptions): Promise<Exit> {
  const { state, mine, member: named } = options
  const { options: states } = AccessRequestState
  if (state !== undefined && !isOneOf(states, state))
    return printFailure(terminal, usage(`--state must be one of ${states.join(', ')}.`), options)
  if (mine && named !== undefined)
    return printFailure(terminal, usage('--mine and --member are both given; keep one.'), options)
  const who = named === undefined ? null : member('--member', named)
  if (who?.ok === false) return printFailure(terminal, who, options)
  return printList(terminal, accessRequests, options, async (control) => {
    const id = who === null ? null : await memberIdOf(control, who.value)
    return id?.ok === false ? id : { ok: true, value: { state, member: mine ? 'me' : id?.value } }
  })
}

export type AccessRequestsApproveOptions = VerbOptions & { readonly until?: string; readonly for?: string }

export const accessRequestsApprove = (
  terminal: Terminal,
  id: string,
  options: AccessRequestsApproveOptions,
): Promise<Exit> =>
  verbOne(terminal, { resource: accessRequests, id }, { path: 'approve' }, endIn(options, terminal.now()), options)

function endIn({ until, for: length }: AccessRequestsApproveOptions, now: number): Given<object> {
  if (until !== undefined && length !== undefined) return usage('Give --until or --for, not both.')
  if (until !== undefined)
    return isInstant(until)
      ? { ok: true, value: { until } }
      : usage(`--until must be a time in UTC like 2027-01-31T00:00:00Z, not "${until}".`)
  if (length === undefined) return nothing
  const [, count = '', unit = ''] = /^(\d{1,6})([mhd])$/.exec(length) ?? []
  const ms = Number(count) * (lengths[unit] ?? 0)
  if (ms === 0) return usage(`--for must be a number of minutes, hours or days like 30m, 8h or 7d, not "${length}".`)
  return { ok: true, value: { until: new Date(now + ms).toISOString() } }
}
const lengths: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }

export const accessRequestsRefuse = (terminal: Terminal, id: string, options: VerbOptions): Promise<Exit> =>
  verbOne(terminal, { resource: accessRequests, id }, { path: 'refuse' }, nothing, options)

export const accessRequestsWithdraw = (terminal: Terminal, id: string, options: VerbOptions): Promise<Exit> =>
  verbOne(terminal, { resource: accessRequests, id }, { path: 'withdraw' }, nothing, options)

export const accessRequestsEnd = (terminal: Terminal, id: string, options: VerbOptions): Promise<Exit> =>
  verbOne(terminal, { resource: accessRequests, id }, { path: 'end' }, nothing, options)
