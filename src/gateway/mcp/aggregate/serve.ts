import { isLegacyRequest } from '@modelcontextprotocol/server'
import { ok, type Result, refuse } from '../../../problems.ts'
import type { Answer } from '../../answer.ts'
import type { Caller } from '../../authenticate.ts'
import type { CarryOut, Seat } from '../../duties.ts'
import type { Incoming } from '../../incoming.ts'
import type { Peers } from '../../peers/peers.ts'
import { homeOf, runsOnce } from '../../peers/place.ts'
import type { Pins } from '../../pins.ts'
import type { OpenCall, Streams } from '../../streams.ts'
import { sessionIdOf } from '../../upstream-headers.ts'
import type { Clients } from '../../usage/clients.ts'
import { accident, conclude, leftAs, seatIn } from '../conclude.ts'
import { type Message, opensStream } from '../message.ts'
import { endOf, lacksStream, noteServer, release, tooManyStreams } from '../pass.ts'
import { priceOf, wantOf } from '../takes.ts'
import { decideAgain } from './again.ts'
import { type Aim, aimOf } from './aim.ts'
import { deliver } from './deliver.ts'
import type { Exchange } from './exchange.ts'
import { admitSome, createGate, type Gate, type GateDeps } from './gate.ts'
import type { Listens } from './listen.ts'
import { type ModernDeps, paramsOf, serveModern } from './modern.ts'
import type { Session } from './session.ts'
import type { Table } from './sessions.ts'

type Deps = GateDeps &
  ModernDeps &
  Parameters<typeof aimOf>[0] & {
    readonly authenticate: (call: Incoming) => Result<Caller> | Promise<Result<Caller>>
    readonly readMessage: (
      call: Incoming,
      noteId: (id: Message['id']) => void,
    ) => Result<Message> | Promise<Result<Message>>
    readonly pins: Pick<Pins, 'used' | 'refused'>
    readonly carryOut: CarryOut
    readonly clients: Pick<Clients, 'opened' | 'sending'>
    readonly streams: Pick<Streams, 'open' | 'close' | 'hasSeat'>
    readonly peers: Pick<Peers, 'forward' | 'offer' | 'ownerOf'>
    readonly gatewayId: () => string
    readonly table: Table
    readonly listens: Listens
    readonly log: { readonly error: (fields: Readonly<Record<string, unknown>>, message: string) => void }
  }

/** Every check of a call to all servers of a key, in order. A check that is not here does not happen. */
export const aggregate =
  (deps: Deps) =>
  async (call: Incoming, answer: Answer): Promise<void> => {
    const caller = await deps.authenticate(call)
    if (!caller.ok) return answer.refuse(caller.problem)
    const message = await deps.readMessage(call, (id) => {
      answer.rpcId = id
    })
    if (!message.ok) return answer.refuse(message.problem)
    noteMessage(call, answer, message.value)
    const gate = createGate(deps, caller.value, call.address)
    const some = admit(deps, gate, call)
    if (!some.ok) return answer.refuse(some.problem)
    const aim = await aimOf(deps, gate, message.value)
    if (!aim.ok) return answer.refuse(aim.problem)
    noteAim(call, message.value, aim.value)
    const place = await placeOf(deps, gate, call, message.value, aim.value)
    if (!place.ok) return answer.refuse(place.problem)
    const duties = gate.duties(...meant(message.value, aim.value))
    if (!duties.ok) return answer.refuse(duties.problem)
    if (lacksStream(deps, caller.value, message.value, duties.value)) return answer.refuse(tooManyStreams)
    call.facts.client = deps.clients.sending(call.request.headers, message.value)
    await run(deps, { call, answer, gate, message: message.value, aim: aim.value }, place.value)
  }

const meant = ({ method, tool }: Message, aim: Aim): Parameters<Gate['duties']> =>
  aim.kind === 'one' ? [aim.server, { method, tool: tool === null ? null : aim.name }] : [null, { method, tool: null }]

type Admitted = {
  readonly call: Incoming
  readonly answer: Answer
  readonly gate: Gate
  readonly message: Message
  readonly aim: Aim
}

async function run(deps: Deps, admitted: Admitted, place: Place): Promise<void> {
  const { answer } = admitted
  const [cut, gone, over] = [new AbortController(), new AbortController(), new AbortController()]
  const open = openCall(admitted, cut)
  deps.streams.open(open)
  try {
    const here = await handOn(deps, admitted, place)
    const seat = here && (await take(deps, admitted))
    if (here === null || seat === null) return
    // Only now: whoever was to hand it on has listened in our place.
    answer.whenGone(() => gone.abort())
    const exchange = exchangeFor(admitted, cut.signal, over.signal)
    await serve(deps, exchange, seat, answer, () => respondTo(deps, exchange, here, gone.signal), gone.signal)
  } finally {
    over.abort()
    deps.streams.close(open)
  }
}

/** Null: it was refused, or nobody waits for it any more. Decided once more, since handing it on may take a while. */
async function take(deps: Deps, { call, answer, gate, message, aim }: Admitted): Promise<Seat | null> {
  const duties = gate.duties(...meant(message, aim))
  const isPriced = message.method === 'tools/call' && aim.kind === 'one'
  const price = isPriced ? priceOf(aim.server, aim.name) : 0
  const seat = duties.ok ? await deps.carryOut(duties.value, { call, want: wantOf(message), price }) : duties
  return seatIn(seat, answer)
}

async function serve(
  deps: Deps,
  { asked, message }: Exchange,
  seat: Seat,
  answer: Answer,
  respond: () => Promise<Response>,
  gone: AbortSignal,
): Promise<void> {
  answer.standing = seat.headers
  if (opensStream(message.method)) answer.onStart = () => seat.begun(answer.status, answer.code)
  let finish: () => void
  try {
    finish = await deliver(await respond(), answer, gone)
  } catch (error) {
    seat.settle(accident, () => {})
    throw error
  }
  if (!gone.aborted && !answer.isOver) {
    const isDue = asked.isDue && answer.status < 400
    return conclude(seat, { status: answer.status, code: answer.code, isUnsent: false, isDue }, finish)
  }
  // A call of a session goes on without its client, and holds its place among those that run until it is over.
  asked.over
    .then(() => seat.settle({ ...leftAs(answer, false), isDue: asked.isDue }, () => {}))
    .catch((error) => deps.log.error({ error }, 'a call whose client had left could not be settled'))
}

/** Null: another gateway has answered. */
async function handOn({ peers }: Deps, { call, answer, message }: Admitted, place: Place): Promise<Here | null> {
  if (place.kind !== 'elsewhere') return place
  const send = place.otherwise === null ? peers.forward : peers.offer
  const ending = await send(place.gateway, call, message.bytes, answer)
  if (ending === null) return place.otherwise
  // There it is written down, whatever it ended with.
  call.facts.isAdmitted = true
  release(ending, answer)
  return null
}

async function respondTo(deps: Deps, exchange: Exchange, place: Here, gone: AbortSignal): Promise<Response> {
  const { call, message } = exchange
  switch (place.kind) {
    case 'session':
      return place.session.serve(exchange, requestFor(call))
    case 'opening': {
      const session = await deps.table.begin(exchange)
      deps.clients.opened(session.id, message)
      const response = await session.serve(exchange, requestFor(call))
      // What was no initialize to the SDK has opened nothing.
      if (!response.ok) await session.close()
      return response
    }
    default: {
      // To a client of 2026-07-28 hanging up is a cancel; before, it is an accident on the way.
      const request = requestFor(call, gone)
      const listening = message.method === 'subscriptions/listen' ? await deps.listens.begin(exchange) : null
      return serveModern(deps, exchange, request, listening ?? { body: message.json })
    }
  }
}

function noteMessage({ facts }: Incoming, answer: Answer, message: Message): void {
  answer.rpcId = message.id
  facts.method = message.method
  facts.tool = message.tool
}

function noteAim(call: Incoming, { tool }: Message, aim: Aim): void {
  if (aim.kind !== 'one') return
  noteServer(call, aim.server)
  if (tool !== null) call.facts.tool = aim.name
}

/** The live record of everything, and the one decision about each server: one yes is enough to come in. */
function admit({ pins }: Deps, gate: Gate, call: Incoming): Result<unknown> {
  const subject = gate.subject()
  if (!subject.ok) return subject
  const { key } = subject.value
  const some = admitSome(gate)
  if (some.ok && key.pin !== null) pins.used(key, call)
  if (!some.ok && some.problem.log?.['rule'] === 'key.network') pins.refused(key, call)
  return some
}

type Here =
  | { readonly kind: 'modern' }
  | { readonly kind: 'opening' }
  | { readonly kind: 'session'; readonly session: Session }
/** `otherwise`: what it is here, where that gateway cannot be reached; null: nothing. */
type Place = Here | { readonly kind: 'elsewhere'; readonly gateway: string; readonly otherwise: Here | null }

/** Its era, and where that which it goes on with lives. */
async function placeOf(deps: Deps, gate: Gate, call: Incoming, message: Message, aim: Aim): Promise<Result<Place>> {
  if (!(await isLegacyRequest(requestFor(call), message.json ?? undefined))) {
    const { requestState: state } = paramsOf({ message })
    const gateway =
      aim.kind === 'one' && typeof state === 'string' ? deps.parked.elsewhere(gate, aim.server, state) : null
    return gateway === null
      ? atHome(deps, gate, call, { kind: 'modern' })
      : ok({ kind: 'elsewhere', gateway, otherwise: null })
  }
  const presented = sessionIdOf(call.request.headers)
  if (presented === null)
    return message.method === 'initialize' ? atHome(deps, gate, call, { kind: 'opening' }) : noSession
  const found = deps.table.find(gate.caller, presented)
  if ('elsewhere' in found) return ok({ kind: 'elsewhere', gateway: found.elsewhere, otherwise: null })
  return found.ok ? ok({ kind: 'session', session: found.value }) : found
}

/** What may begin a process of its owner begins where the others of his are. */
function atHome(deps: Deps, gate: Gate, call: Incoming, here: Here): Result<Place> {
  const gateway = homeOf(deps, gate.caller, call)
  const subject = gateway === null ? null : gate.subject()
  const isElsewhere = gateway !== null && subject?.ok && gate.reachesSome(subject.value, runsOnce)
  return ok(isElsewhere ? { kind: 'elsewhere', gateway, otherwise: here } : here)
}

const noSession = refuse('session_unknown', {
  status: 400,
  detail: 'Send the Mcp-Session-Id that the answer to initialize had.',
})

/** The call as the SDK reads it: nothing by which its caller was proved, and no body, which is read already. */
function requestFor({ request }: Incoming, signal?: AbortSignal): Request {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers))
    if (typeof value === 'string' && (read.has(name) || name.startsWith('mcp-'))) headers.set(name, value)
  return new Request('http://gateway.invalid/mcp', {
    method: request.method ?? 'POST',
    headers,
    ...(signal === undefined ? {} : { signal }),
  })
}

const read: ReadonlySet<string> = new Set(['accept', 'content-type', 'last-event-id'])

function exchangeFor(admitted: Admitted, cut: AbortSignal, over: AbortSignal): Exchange {
  const { call, answer, gate, message, aim } = admitted
  return {
    call,
    gate,
    message,
    aim,
    cut,
    over,
    note: ({ code, log }) => {
      if (answer.code !== null) return
      answer.code = code
      answer.log = log
    },
    asked: { isDue: false, over: Promise.resolve() },
  }
}

function openCall({ gate, message, aim, answer }: Admitted, cut: AbortController): OpenCall {
  const { key } = gate.caller
  const isStream = opensStream(message.method)
  return {
    place: -1,
    keyId: key.id,
    organization: key.organization,
    serverId: aim.kind === 'one' ? aim.server.id : '',
    isStream,
    decideAgain: () => decideAgain({ gate, message, aim }),
    endsAt: endOf(gate.caller, aim.kind === 'one' ? gate.until(aim.server) : null),
    cut: (problem) => {
      cut.abort()
      // Who waits for an answer is told; a stream that brings what belongs to no call just ends.
      if (!isStream) answer.sayRefusal(problem)
      answer.cut(problem)
    },
  }
}
