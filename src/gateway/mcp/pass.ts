import { decide, type Subject } from '../../access/decide.ts'
import { endOfGrants } from '../../access/grants.ts'
import type { Call, Duty } from '../../access/schema.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { ServerRecord } from '../../servers/schema.ts'
import type { Answer } from '../answer.ts'
import type { Caller } from '../authenticate.ts'
import { denied } from '../denied.ts'
import type { CarryOut, Seat } from '../duties.ts'
import type { Ending } from '../forward.ts'
import type { Incoming } from '../incoming.ts'
import type { Peers } from '../peers/peers.ts'
import type { Place } from '../peers/place.ts'
import type { Pins } from '../pins.ts'
import { hasStreamLimit, type OpenCall, type Streams, streamsPerKey } from '../streams.ts'
import { leadsElsewhere } from '../target.ts'
import type { Clients } from '../usage/clients.ts'
import { accident, conclude, seatIn, wentOf } from './conclude.ts'
import { createListNews } from './list-news.ts'
import { type Message, opensStream } from './message.ts'
import { type ShownTools, shownTools } from './shown-tools.ts'
import { priceOf, wantOf } from './takes.ts'

/** A call that may go to its server. */
export type Passage = {
  readonly call: Incoming
  readonly caller: Caller
  readonly message: Message
  readonly server: ServerRecord
  /** When the first grant that may have opened it is over (ms); missing or null: none is. */
  readonly until?: number | null
  /** The server's own session id, proved to be this key's; null without a session. */
  readonly sessionId: string | null
  readonly tools: ShownTools
}

type Deps = {
  readonly authenticate: (call: Incoming) => Result<Caller> | Promise<Result<Caller>>
  readonly readMessage: (
    call: Incoming,
    noteId: (id: Message['id']) => void,
  ) => Result<Message> | Promise<Result<Message>>
  readonly findServer: (organization: string, slugOrId: string) => ServerRecord | null
  readonly subjectOf: (caller: Caller, address: string) => Result<Subject>
  /** The session that it names, and the gateway where what it needs runs. */
  readonly placeOf: (caller: Caller, server: ServerRecord, call: Incoming) => Result<Place>
  readonly peers: Pick<Peers, 'forward' | 'offer'>
  readonly pins: Pick<Pins, 'used' | 'refused'>
  readonly carryOut: CarryOut
  readonly clients: Pick<Clients, 'sending'>
  readonly streams: Pick<Streams, 'open' | 'close' | 'hasSeat'>
  readonly transmit: (passage: Passage, answer: Answer) => Promise<Ending>
  readonly now: () => number
}

/** Every check of a call to one MCP server, in order. A check that is not here does not happen. */
export const pass =
  (deps: Deps) =>
  async (call: Incoming, answer: Answer): Promise<void> => {
    // Awaited even where it is no promise: after that the body which came with the head is here as well.
    const caller = await deps.authenticate(call)
    if (!caller.ok) return answer.refuse(caller.problem)
    const reading = deps.readMessage(call, (id) => {
      answer.rpcId = id
    })
    const message = reading instanceof Promise ? await reading : reading
    if (!message.ok) return answer.refuse(message.problem)
    noteMessage(call, answer, message.value)
    const admitted = admit(deps, caller.value, call, message.value, call.server ?? '')
    if (!admitted.ok) return answer.refuse(admitted.problem)
    const { server, duties, until } = admitted.value
    const place = deps.placeOf(caller.value, server, call)
    if (!place.ok) return answer.refuse(place.problem)
    if (lacksStream(deps, caller.value, message.value, duties)) return answer.refuse(tooManyStreams)
    const { sessionId, elsewhere } = place.value
    const ask = { subject: () => deps.subjectOf(caller.value, call.address), now: deps.now }
    const tools = shownTools(ask, server, message.value.method)
    call.facts.client = deps.clients.sending(call.request.headers, message.value)
    const passage = { call, caller: caller.value, message: message.value, server, until, sessionId, tools }
    if (elsewhere !== null && (await handOn(deps, elsewhere, passage, answer))) return
    await run(deps, duties, passage, answer)
  }

/** Watched from before it waits for anything: what it takes may take a moment, and its key may be gone by then. */
async function run(deps: Deps, duties: readonly Duty[], passage: Passage, answer: Answer): Promise<void> {
  const { call, message, server } = passage
  const open = openCall(deps, passage, answer)
  deps.streams.open(open)
  try {
    const price = message.method === 'tools/call' ? priceOf(server, message.tool ?? '*') : 0
    const taking = deps.carryOut(duties, { call, want: wantOf(message), price })
    const seat = seatIn(taking instanceof Promise ? await taking : taking, answer)
    if (seat !== null) await serve(deps, passage, answer, seat)
  } finally {
    deps.streams.close(open)
  }
}

async function serve(deps: Deps, passage: Passage, answer: Answer, seat: Seat): Promise<void> {
  answer.standing = seat.headers
  if (opensStream(passage.message.method)) answer.onStart = () => seat.begun(answer.status, answer.code)
  let ending: Ending
  try {
    ending = await deps.transmit(passage, answer)
  } catch (error) {
    seat.settle(accident, () => {})
    throw error
  }
  await conclude(seat, wentOf(ending, answer), () => release(ending, answer))
}

/** What a key has that does not say; one with a limit of its own for them is counted over all gateways. */
export const lacksStream = (
  { streams }: { readonly streams: Pick<Streams, 'hasSeat'> },
  { key }: Caller,
  { method }: Message,
  duties: readonly Duty[],
): boolean => opensStream(method) && !streams.hasSeat(key.id) && !hasStreamLimit(duties, key.id)

/**
 * True: the gateway where it runs has answered. There everything was proved, decided and counted once more, and its tools
 * were filtered; here it is watched, so that what is no longer allowed ends on both. False: it is to run here.
 */
async function handOn(
  deps: Deps,
  { gateway, mayRunHere }: NonNullable<Place['elsewhere']>,
  passage: Passage,
  answer: Answer,
): Promise<boolean> {
  const { call, message } = passage
  const open = openCall(deps, { ...passage, tools: ofTheOther }, answer)
  deps.streams.open(open)
  try {
    const send = mayRunHere ? deps.peers.offer : deps.peers.forward
    const ending = await send(gateway, call, message.bytes, answer)
    if (ending === null) return false
    // There it is written down, whatever it ended with.
    call.facts.isAdmitted = true
    release(ending, answer)
    return true
  } finally {
    deps.streams.close(open)
  }
}

const ofTheOther: ShownTools = { filterFor: () => null, isOvertaken: () => false, word: () => '' }

type Admitted = { readonly server: ServerRecord; readonly duties: readonly Duty[]; readonly until: number | null }

/** The live record of everything, and the one decision. Asked before the call goes out, and again while it is open. */
function admit(deps: Deps, caller: Caller, call: Incoming, message: Message, named: string): Result<Admitted> {
  const subject = deps.subjectOf(caller, call.address)
  if (!subject.ok) return subject
  const { key } = subject.value
  const server = deps.findServer(key.organization, named)
  noteServer(call, server)
  const wants: Call = { kind: 'mcp', server, method: message.method, tool: message.tool }
  const verdict = decide(subject.value, wants, deps.now())
  if (verdict.kind === 'deny') {
    if (verdict.rule === 'key.network') deps.pins.refused(key, call)
    return denied(verdict, subject.value)
  }
  if (key.pin !== null) deps.pins.used(key, call)
  // Allowed means that there is a server: `decide` refuses the unknown one.
  if (server === null) return refuse('server_not_allowed')
  return ok({ server, duties: verdict.duties, until: endOfGrants(subject.value, server.id, deps.now()) })
}

function openCall(deps: Deps, passage: Passage, answer: Answer): OpenCall {
  const { call, caller, message, server, until = null, tools } = passage
  const tellLists = createListNews(message, tools, (event) => answer.say(event))
  return {
    place: -1,
    keyId: caller.key.id,
    organization: caller.key.organization,
    serverId: server.id,
    isStream: opensStream(message.method),
    // By id: a server that was renamed meanwhile is still the same server.
    decideAgain: () => {
      const again = admit(deps, caller, call, message, server.id)
      if (again.ok && leadsElsewhere(server, again.value.server)) return moved
      if (!again.ok || !tools.isOvertaken()) return again
      tellLists()
      return overtaken
    },
    goOn: tellLists,
    endsAt: endOf(caller, until),
    cut: (problem) => answer.cut(problem),
  }
}

export const { problem: tooManyStreams } = refuse('rate_limited', {
  detail: `${streamsPerKey} streams of this API key are open on this gateway. Close one, or wait.`,
  retryAfterSeconds: 10,
})

export const moved = refuse('upstream_unreachable', {
  detail: 'The address or the credential of the MCP server was changed during the call. Call again.',
})

/** Its bytes went out as they came, since every tool was admitted when it began. */
const overtaken = refuse('tool_not_allowed', { detail: 'The tools of the API key were changed meanwhile. Call again.' })

/** When the key, its secret's version, the child token or a grant is over (ms), or null. */
export function endOf({ key, version, child }: Caller, ofGrants: number | null = null): number | null {
  const until = key.versions.find((held) => held.version === version)?.validUntil ?? null
  const ends = [until, key.expiresAt, child?.made.expiresAt ?? null, ofGrants].filter((end) => end !== null)
  return ends.length === 0 ? null : Math.min(...ends)
}

export function release(ending: Ending, answer: Answer): void {
  switch (ending.kind) {
    case 'done':
      answer.finish(ending.last)
      break
    case 'refused':
      answer.refuse(ending.problem)
      break
    case 'broken':
      answer.abandon()
      break
    case 'gone':
      break
  }
}

export function noteServer({ facts }: Incoming, server: ServerRecord | null): void {
  if (server === null || facts.serverId !== null) return
  facts.server = server.slug
  facts.serverId = server.id
  facts.project = server.project
}

function noteMessage({ facts }: Incoming, answer: Answer, message: Message): void {
  answer.rpcId = message.id
  facts.method = message.method
  facts.tool = message.tool
}
