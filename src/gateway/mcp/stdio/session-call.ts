import { sendEmpty, sendJson, sendProblem } from './answer.ts'
import { type BridgeCall, isStuffed, onAbort, sendFailure, sinkFor } from './call.ts'
import { impatient } from './impatient.ts'
import { errorText, type Message, membersOf, resultText } from './message.ts'
import { levelOf, logLevels } from './pending.ts'
import type { Started } from './pool.ts'
import type { Session, SessionOwner, Sessions } from './sessions.ts'
import { splice } from './splice.ts'
import { announcedIn, isLegacyVersion, type Profile, profileOf, versionFor } from './versions.ts'

type Request = Extract<Message, { kind: 'request' }>
type Acquire = (profile: Profile) => Promise<Started>

/** `initialize`: answered from what the child said when it was greeted, with a session of this client's own. */
export const openSession = async (
  call: BridgeCall,
  request: Request,
  owner: SessionOwner,
  sessions: Sessions,
  acquire: Acquire,
): Promise<void> => {
  const announced = announcedIn(request.params['capabilities'])
  const started = await acquire(profileOf(announced))
  if (!started.ok) return sendFailure(call.response, request.id, started.failure)
  const { link, greeting } = started.upstream
  if (link.ended()) return sendFailure(call.response, request.id, { kind: 'unreachable', why: 'ended' })
  // Nobody would ever know its id.
  if (call.signal.aborted) return
  const kept = membersOf(greeting)
  const protocolVersion = versionFor(request.params['protocolVersion'], String(kept['protocolVersion']))
  const session = sessions.open(owner, link, announced)
  const { sink } = sinkFor(call, request.id, { 'mcp-session-id': session.id })
  const capabilities = withoutTasks(kept['capabilities'])
  sink.finish(resultText(request.id, { ...kept, protocolVersion, capabilities }))
}

/**
 * Tasks (an experiment of 2025-11-25, gone from the core since) live in the child, under ids that any client of the
 * child could list and read. Until they are kept apart by key they are not offered.
 */
const withoutTasks = (capabilities: unknown): object =>
  Object.fromEntries(Object.entries(membersOf(capabilities)).filter(([name]) => name !== 'tasks'))

export const inSession = async (call: BridgeCall, message: Message, session: Session): Promise<void> => {
  if (call.protocolVersion !== null && !isLegacyVersion(call.protocolVersion)) {
    const id = message.kind === 'request' ? message.id : null
    return sendJson(call.response, 400, errorText(id, -32000, 'Bad Request: Unsupported protocol version'))
  }
  const text = call.raw.toString('utf8')
  if (message.kind !== 'request') {
    session.link.pass(session, message, text)
    return sendEmpty(call.response, 202)
  }
  if (isStuffed(session.link.pending.calls.size, call.response, message.id)) return
  const refusal = session.link.pending.profile === 'own' ? null : refusalOf(message)
  const { sink, over } = sinkFor(call, message.id, {})
  if (refusal !== null) sink.finish(refusal)
  else if (!answeredHere(session, message)) {
    const bounded = impatient(sink, call.server.timeouts, false, () => withdraw('The server took too long'))
    const withdraw = session.link.call(session, message, prepare(session, message, text), bounded)
    // A legacy client that hangs up has not cancelled (transports, 2025-11-25): the call runs on, its answer is lost.
    // One that never ends would keep the child, and the turn of others, for ever.
    onAbort(call.signal, () => {
      sink.drop()
      setTimeout(() => withdraw('The client has left'), abandonedMs).unref()
    })
  } else sink.finish(resultText(message.id, {}))
  await over
}

const abandonedMs = 10 * 60_000

const refusalOf = (request: Request): string | null => {
  if (request.method.startsWith('tasks/')) return errorText(request.id, -32601, 'Method not found')
  if (request.params['task'] !== undefined) return errorText(request.id, -32602, 'Tasks are not offered')
  return null
}

/** A resource stays subscribed as long as one session wants it. */
const answeredHere = (session: Session, request: Request): boolean => {
  const uri = request.params['uri']
  if (request.method !== 'resources/unsubscribe' || typeof uri !== 'string') return false
  session.subscriptions.delete(uri)
  return [...session.link.pending.parties].some((party) => party.subscriptions.has(uri))
}

const prepare = (session: Session, request: Request, text: string): string => {
  const { uri, level } = request.params
  if (request.method === 'resources/subscribe' && typeof uri === 'string') session.subscriptions.add(uri)
  if (request.method !== 'logging/setLevel' || levelOf(level) === -1) return text
  // One child has one level: the most talkative that anybody wants. Each session then sees its own and above.
  session.logLevel = levelOf(level)
  const wanted = [...session.link.pending.parties].flatMap((party) => party.logLevel ?? [])
  return splice(text, [{ path: ['params', 'level'], value: String(logLevels[Math.min(...wanted)]) }])
}

/** GET: the stream for what belongs to no call. A new one takes the place of the old, which may be half dead. */
export const openStream = async (call: BridgeCall, session: Session): Promise<void> => {
  if (!/text\/event-stream/i.test(call.accept)) {
    return sendJson(call.response, 406, errorText(null, -32000, 'Not Acceptable: the stream is text/event-stream'))
  }
  session.endStream()
  const { promise: over, resolve } = Promise.withResolvers<void>()
  const push = (text: string) => call.response.write(`event: message\ndata: ${text}\n\n`)
  call.response.start(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  })
  // Headers alone may wait in a buffer until there is a body; a comment is one, and says nothing.
  call.response.write(': open\n\n')
  const end = () => {
    if (session.stream === push) session.stream = null
    if (session.endStream === end) session.endStream = () => {}
    call.response.end()
    resolve()
  }
  session.stream = push
  session.endStream = end
  onAbort(call.signal, end)
  await over
}

export const closeSession = (call: BridgeCall, session: Session, sessions: Sessions): void => {
  sessions.end(session)
  sendEmpty(call.response, 204)
}

export const sendNoSession = (call: BridgeCall, message: Message | null): void => {
  const id = message?.kind === 'request' ? message.id : null
  if (call.sessionId !== null) {
    sendProblem(call.response, id, { code: 'session_unknown', detail: 'There is no such session for this key' })
  } else {
    const data = { code: 'session_unknown' }
    sendJson(call.response, 400, errorText(id, -32000, 'Bad Request: Mcp-Session-Id header is required', data))
  }
}
