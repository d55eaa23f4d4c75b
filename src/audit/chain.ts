import { createHash } from 'node:crypto'

/**
 * The chain of an organization's audit events: each one's hash covers the hash before it, so that a changed, missing or
 * moved event is found. What is hashed is what REST shows, so an export can be verified by anybody.
 */
export type ChainedEvent = {
  readonly organization: string
  readonly id: string
  readonly seq: number
  /** ISO 8601, as REST shows it. */
  readonly at: string
  readonly actor: Party
  readonly action: string
  readonly subject: Party
  /** Absent where there is none; null is a value. */
  readonly before?: unknown
  readonly after?: unknown
  readonly requestId: string
  /** Of whoever asked. Absent where nobody did and from events of before: then it is not hashed either. */
  readonly address?: string | undefined
}
export type Party = { readonly kind: string; readonly id: string; readonly name: string }
export type Link = { readonly seq: number; readonly hash: string }

/** Where the chain of every organization begins. */
export const genesis: Link = { seq: 0, hash: '0'.repeat(64) }

export const hashAfter = (previous: string, event: ChainedEvent): string => {
  const { organization, id, seq, at, actor, action, subject, before, after, requestId, address } = event
  const hashed = {
    organization,
    id,
    seq,
    at,
    actor: party(actor),
    action,
    subject: party(subject),
    before,
    after,
    requestId,
    address,
  }
  return createHash('sha256')
    .update(`${previous}\n${canonical(hashed)}`)
    .digest('hex')
}

export type Verified =
  | { readonly ok: true; readonly head: Link }
  | { readonly ok: false; readonly seq: number; readonly because: 'missing' | 'changed' }

/** Oldest first, from the link before the first event: in pages, each beginning where the page before it ended. */
export const verify = (events: Iterable<ChainedEvent & { readonly hash: string }>, from: Link = genesis): Verified => {
  let head = from
  for (const event of events) {
    if (event.seq !== head.seq + 1) return { ok: false, seq: head.seq + 1, because: 'missing' }
    if (hashAfter(head.hash, event) !== event.hash) return { ok: false, seq: event.seq, because: 'changed' }
    head = { seq: event.seq, hash: event.hash }
  }
  return { ok: true, head }
}

const party = ({ kind, id, name }: Party): Party => ({ kind, id, name })

/** JSON with the members of every object in the order of their names, and without those that are undefined. */
export const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map((each) => canonical(each ?? null)).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const members = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, each]) => `${JSON.stringify(name)}:${canonical(each)}`).join(',')}}`
}
