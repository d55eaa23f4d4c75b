import { z } from 'zod'
import { genesis, hashAfter, type Link } from './chain.ts'
import { type Checkpoint, isSigned } from './checkpoint.ts'
import { type Diagnosis, diagnose, type Linked, lookedAt } from './diagnose.ts'
import { AuditEventView, CheckpointView, ExportEnd, ExportHead } from './schema.ts'

/** What is wrong with an export, and where: the first thing only, since nothing behind it proves anything. */
export type Finding = {
  readonly because: Diagnosis['because'] | 'cut-off' | 'rewritten' | 'signature' | 'unsigned' | 'unreadable'
  /** First number that is concerned. */
  readonly seq: number
  readonly detail: string
}
/** Something known from elsewhere: a checkpoint, an earlier verification, a gateway's own log. */
export type Anchor = Link & {
  readonly from: string
  /** Of whose log; absent: of this one. */
  readonly organization?: string
}

export type Report = {
  readonly organization: string
  /** Where it began, and how far it is right. */
  readonly after: Link
  readonly head: Link
  /** So many were known of this log before. */
  readonly anchors: number
  /** Checkpoints and anchors that were found to be true; up to which event they reach. */
  readonly confirmed: number
  readonly confirmedUpTo: number
  readonly signingKeys: readonly string[]
  readonly finding: Finding | null
}

type Known = {
  /** Public keys that may sign; null: those that the export itself names. */
  readonly keys: readonly string[] | null
  readonly anchors: readonly Anchor[]
}
export type Verifier = {
  /** One line, parsed. False: nothing that still comes can matter. */
  readonly take: (line: unknown) => boolean
  readonly end: () => Report
}

/** Events newer than this may still wait for their checkpoint: one is written within the hour. */
const unsignedMs = 2 * 3_600_000

const Event = z.object(AuditEventView.shape)
const Line = z.union([
  Event,
  z.object({ export: z.object(ExportHead.shape) }),
  z.object({ checkpoint: z.object(CheckpointView.shape) }),
  z.object({ end: z.object(ExportEnd.shape) }),
])

type State = {
  readonly known: Known
  readonly anchors: Map<number, Anchor[]>
  anchored: number
  begun: ExportHead | null
  after: Link
  head: Link
  confirmed: number
  confirmedUpTo: number
  /** The oldest event behind the last that was confirmed. */
  unsignedSince: { readonly seq: number; readonly at: string } | null
  /** What stands where the chain breaks, until it can be told why. */
  readonly broken: Linked[]
  hasEnded: boolean
  finding: Finding | null
}

/**
 * Proves an export line by line, with the public key alone: that each event continues the one before it, that the
 * chain is the one which was signed, and that it reaches as far as somebody knows it did.
 */
export function createVerifier(known: Known): Verifier {
  const state: State = {
    known,
    anchors: new Map(),
    anchored: 0,
    begun: null,
    after: genesis,
    head: genesis,
    confirmed: 0,
    confirmedUpTo: 0,
    unsignedSince: null,
    broken: [],
    hasEnded: false,
    finding: null,
  }
  return {
    take: (line) => {
      state.finding ??= step(state, line)
      return state.finding === null
    },
    end: () => {
      state.finding ??= conclude(state)
      return reportOf(state)
    },
  }
}

type Found = Finding | null

function step(state: State, line: unknown): Found {
  const parsed = Line.safeParse(line)
  if (!parsed.success) return unreadable(state, 'A line is no part of an export.')
  const { data } = parsed
  if ('export' in data) return begin(state, data.export)
  if (state.begun === null) return unreadable(state, 'It does not begin like an export of the whole log.')
  if (state.hasEnded) return unreadable(state, 'Something was put behind its end.')
  if ('end' in data) return finish(state, data.end)
  if ('checkpoint' in data) return check(state, state.begun, data.checkpoint)
  return link(state, { ...data, organization: state.begun.organization })
}

function begin(state: State, head: ExportHead): Found {
  if (state.begun !== null) return unreadable(state, 'It begins twice.')
  if (Object.keys(head.filter).length > 0)
    return unreadable(state, 'This export is filtered; only a whole one can be verified.')
  if (head.after.seq === genesis.seq && head.after.hash !== genesis.hash)
    return found('changed', 1, 'It does not begin where every chain begins.')
  state.begun = head
  for (const anchor of state.known.anchors) {
    if ((anchor.organization ?? head.organization) !== head.organization) continue
    state.anchored += 1
    anchorAt(state, anchor)
  }
  state.after = head.after
  state.head = head.after
  return confirm(state)
}

function link(state: State, event: Linked): Found {
  const { head, broken } = state
  const continues = event.seq === head.seq + 1 && hashAfter(head.hash, event) === event.hash
  if (broken.length > 0 || !continues) {
    broken.push(event)
    return broken.length < lookedAt ? null : explain(state)
  }
  state.head = { seq: event.seq, hash: event.hash }
  state.unsignedSince ??= { seq: event.seq, at: event.at }
  return confirm(state)
}

const anchorAt = ({ anchors }: State, anchor: Anchor): void => {
  const held = anchors.get(anchor.seq)
  if (held) held.push(anchor)
  else anchors.set(anchor.seq, [anchor])
}

/** What is known from elsewhere about where the chain stands now. */
function confirm(state: State): Found {
  const { seq, hash } = state.head
  for (const anchor of state.anchors.get(seq) ?? []) {
    if (anchor.hash !== hash) return rewritten(state.confirmedUpTo + 1, seq, anchor.from)
    state.confirmed += 1
    state.confirmedUpTo = seq
    state.unsignedSince = null
  }
  state.anchors.delete(seq)
  return null
}

function rewritten(from: number, seq: number, by: string): Finding {
  const what = from === seq ? `Event ${seq}` : `Something from event ${from} to ${seq}`
  const other = from === seq ? 'one' : `event ${seq}`
  return found('rewritten', from, `${what} was rewritten, and the chain computed anew: ${by} knows another ${other}.`)
}

function check(state: State, begun: ExportHead, checkpoint: Checkpoint): Found {
  // Broken already: what is to be told is why, and this says nothing about it.
  if (state.broken.length > 0) return null
  const { seq, at, signingKey } = checkpoint
  const keys = state.known.keys ?? begun.signingKeys
  if (checkpoint.organization !== begun.organization)
    return found('signature', seq, `The checkpoint at ${seq} is of another organization.`)
  if (!keys.includes(signingKey))
    return found('signature', seq, `The checkpoint at ${seq} was signed by ${signingKey}, which is not the key.`)
  if (!isSigned(checkpoint)) return found('signature', seq, `The checkpoint at ${seq} was not signed so.`)
  if (seq < state.head.seq)
    return found('reordered', seq, `The checkpoint at ${seq} stands behind event ${state.head.seq}.`)
  anchorAt(state, { seq, hash: checkpoint.hash, from: `the checkpoint of ${at}` })
  return seq > state.head.seq ? null : confirm(state)
}

function finish(state: State, end: ExportEnd): Found {
  const { head, broken } = state
  if (broken.length > 0) return null
  state.hasEnded = true
  if (end.seq > head.seq) return cutOff(state, end.seq, 'its last line')
  return end.seq === head.seq && end.hash === head.hash
    ? null
    : found('changed', head.seq, `Its last line names event ${end.seq}, with another hash or not the last.`)
}

function conclude(state: State): Found {
  const { begun, head, unsignedSince: since } = state
  if (state.broken.length > 0) return explain(state)
  if (begun === null) return unreadable(state, 'It holds no export.')
  for (const [seq, [anchor]] of [...state.anchors].toSorted(([one], [other]) => other - one))
    if (anchor && seq > head.seq) return cutOff(state, seq, anchor.from)
  if (!state.hasEnded)
    return found('cut-off', head.seq + 1, `It breaks off after event ${head.seq}: the last line is missing.`)
  if (since === null || Date.parse(begun.at) - Date.parse(since.at) <= unsignedMs) return null
  return found('unsigned', since.seq, `No checkpoint covers event ${since.seq} and what follows, although it is old.`)
}

const found = (because: Finding['because'], seq: number, detail: string): Finding => ({ because, seq, detail })

const unreadable = ({ head }: State, detail: string): Finding => found('unreadable', head.seq + 1, detail)

const cutOff = ({ head }: State, upTo: number, by: string): Finding =>
  found('cut-off', head.seq + 1, `It ends with event ${head.seq}, but ${by} knows event ${upTo}.`)

function explain({ head, broken }: State): Found {
  const [first, ...more] = broken
  return first ? diagnose(head, [first, ...more]) : null
}

const reportOf = ({ begun, after, head, anchored, confirmed, confirmedUpTo, known, finding }: State): Report => ({
  organization: begun?.organization ?? '',
  after,
  head,
  anchors: anchored,
  confirmed,
  confirmedUpTo,
  signingKeys: known.keys ?? begun?.signingKeys ?? [],
  finding,
})
