import {
  AuditEventView,
  CheckpointView,
  ExportEnd,
  ExportHead,
  type ExportHead as Head,
} from '../../src/audit/schema.ts'
import { type Chained, genesis, hashAfter, isSigned, type Link } from './chain.ts'
import { type Break, diagnose, lookedAt } from './diagnose.ts'

/** What is wrong, and from which event on: the first thing only, since nothing behind it proves anything. */
export type Finding = {
  readonly because: Break['because'] | 'cut-off' | 'rewritten' | 'signature' | 'unsigned' | 'unreadable' | 'filtered'
  readonly seq: number
}
/** Where a log stood once, known from elsewhere: an earlier result, a checkpoint. No organization: this one. */
export type Anchor = Link & { readonly organization?: string }
export type Known = {
  /** The key that may sign; null: the one that the export itself names. */
  readonly key: string | null
  readonly anchors: readonly Anchor[]
}
export type Report = {
  readonly organization: string
  readonly after: Link
  readonly head: Link
  readonly confirmedUpTo: number
  /** Anchors that are of this log. */
  readonly anchors: number
  readonly signingKeys: readonly string[]
  /** False: this browser cannot check signatures, so nothing is proved against who can write the database. */
  readonly areSignaturesChecked: boolean
  readonly finding: Finding | null
}

/** Events newer than this may still wait for their checkpoint: one is written within the hour. */
const unsignedMs = 2 * 3_600_000
const Event = AuditEventView.strip()

type State = {
  readonly known: Known
  readonly anchors: Map<number, readonly string[]>
  anchored: number
  begun: Head | null
  head: Link
  confirmedUpTo: number
  /** The oldest event behind the last that was confirmed. */
  unsigned: { readonly seq: number; readonly at: string } | null
  /** What stands where the chain breaks, until it can be told why. */
  readonly broken: Chained[]
  hasEnded: boolean
  areSignaturesChecked: boolean
  finding: Finding | null
}
export type Verifier = {
  /** One line. False: nothing that still comes can matter. */
  readonly take: (line: string) => Promise<boolean>
  readonly end: () => Promise<Report>
  /** How far it is right. */
  readonly seq: () => number
}

/** Proves an export line by line: each event continues the one before, and the chain is the one that was signed. */
export function createVerifier(known: Known): Verifier {
  const state: State = {
    known,
    anchors: new Map(),
    anchored: 0,
    begun: null,
    head: genesis,
    confirmedUpTo: 0,
    unsigned: null,
    broken: [],
    hasEnded: false,
    areSignaturesChecked: true,
    finding: null,
  }
  return {
    take: async (line) => {
      state.finding ??= await step(state, parsed(line))
      return state.finding === null
    },
    end: async () => {
      state.finding ??= await conclude(state)
      return reportOf(state)
    },
    seq: () => state.head.seq,
  }
}

type Found = Finding | null

async function step(state: State, line: unknown): Promise<Found> {
  if (typeof line !== 'object' || line === null) return unreadable(state)
  if ('export' in line) return begin(state, line.export)
  if (state.begun === null || state.hasEnded) return unreadable(state)
  if ('end' in line) return finish(state, line.end)
  if ('checkpoint' in line) return check(state, state.begun, line.checkpoint)
  const { data: event } = Event.safeParse(line)
  return event === undefined ? unreadable(state) : link(state, { ...event, organization: state.begun.organization })
}

function begin(state: State, line: unknown): Found {
  const { data: head } = ExportHead.strip().safeParse(line)
  if (head === undefined || state.begun !== null) return unreadable(state)
  if (Object.keys(head.filter).length > 0) return { because: 'filtered', seq: 1 }
  if (head.after.seq === 0 && head.after.hash !== genesis.hash) return { because: 'changed', seq: 1 }
  state.begun = head
  state.head = head.after
  for (const { organization = head.organization, ...anchor } of state.known.anchors) {
    if (organization !== head.organization) continue
    state.anchored += 1
    anchorAt(state, anchor)
  }
  return confirm(state)
}

async function link(state: State, event: Chained): Promise<Found> {
  const { head, broken } = state
  const continues = event.seq === head.seq + 1 && (await hashAfter(head.hash, event)) === event.hash
  if (broken.length > 0 || !continues) {
    broken.push(event)
    return broken.length < lookedAt ? null : explain(state)
  }
  state.head = { seq: event.seq, hash: event.hash }
  state.unsigned ??= { seq: event.seq, at: event.at }
  return confirm(state)
}

const anchorAt = ({ anchors }: State, { seq, hash }: Link): void => {
  anchors.set(seq, [...(anchors.get(seq) ?? []), hash])
}

/** What is known from elsewhere about where the chain stands now. */
function confirm(state: State): Found {
  const { seq, hash } = state.head
  const known = state.anchors.get(seq)
  if (known === undefined) return null
  if (known.some((other) => other !== hash)) return { because: 'rewritten', seq: state.confirmedUpTo + 1 }
  state.confirmedUpTo = seq
  state.unsigned = null
  state.anchors.delete(seq)
  return null
}

async function check(state: State, begun: Head, line: unknown): Promise<Found> {
  // Broken already: what is to be told is why, and this says nothing about it.
  if (state.broken.length > 0) return null
  const { data: checkpoint } = CheckpointView.strip().safeParse(line)
  if (checkpoint === undefined) return unreadable(state)
  const { seq, hash, organization, signingKey } = checkpoint
  const isOurs = organization === begun.organization && keysOf(state).includes(signingKey)
  const signed = isOurs && (await isSigned(checkpoint))
  if (signed === null) state.areSignaturesChecked = false
  if (signed === false) return { because: 'signature', seq }
  if (seq < state.head.seq) return { because: 'reordered', seq }
  anchorAt(state, { seq, hash })
  return seq > state.head.seq ? null : confirm(state)
}

function finish(state: State, line: unknown): Found {
  if (state.broken.length > 0) return null
  const { data: end } = ExportEnd.strip().safeParse(line)
  if (end === undefined) return unreadable(state)
  state.hasEnded = true
  const { seq, hash } = state.head
  if (end.seq > seq) return { because: 'cut-off', seq: seq + 1 }
  return end.seq === seq && end.hash === hash ? null : { because: 'changed', seq }
}

async function conclude(state: State): Promise<Found> {
  const { begun, head, anchors, unsigned } = state
  if (state.broken.length > 0) return explain(state)
  if (begun === null) return unreadable(state)
  const knowsMore = [...anchors.keys()].some((seq) => seq > head.seq)
  if (!state.hasEnded || knowsMore) return { because: 'cut-off', seq: head.seq + 1 }
  const isOld = unsigned !== null && Date.parse(begun.at) - Date.parse(unsigned.at) > unsignedMs
  return isOld ? { because: 'unsigned', seq: unsigned.seq } : null
}

async function explain({ head, broken }: State): Promise<Found> {
  const [first, ...more] = broken
  return first ? diagnose(head, [first, ...more]) : null
}

const keysOf = ({ known, begun }: State): readonly string[] =>
  known.key === null ? (begun?.signingKeys ?? []) : [known.key]

const unreadable = ({ head }: State): Finding => ({ because: 'unreadable', seq: head.seq + 1 })

const reportOf = (state: State): Report => ({
  organization: state.begun?.organization ?? '',
  after: state.begun?.after ?? genesis,
  head: state.head,
  confirmedUpTo: state.confirmedUpTo,
  anchors: state.anchored,
  signingKeys: keysOf(state),
  areSignaturesChecked: state.areSignaturesChecked,
  finding: state.finding,
})

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
