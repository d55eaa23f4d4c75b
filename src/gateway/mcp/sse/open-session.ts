import type { Problem } from '../../../problems.ts'
import { type Sink, sendProblem } from '../stdio/answer.ts'
import { type BridgeCall, onAbort, sendFailure, sinkFor } from '../stdio/call.ts'
import { impatient } from '../stdio/impatient.ts'
import { type Message, parseMessage } from '../stdio/message.ts'
import type { Started, Upstream } from '../stdio/pool.ts'
import type { SessionOwner, Sessions } from '../stdio/sessions.ts'
import { announcedIn } from '../stdio/versions.ts'

type Request = Extract<Message, { kind: 'request' }>

/**
 * `initialize` over HTTP+SSE: a connection of this session's own, which its client initialises with its own parameters,
 * so that it sees what it would see directly. Both end together, and a client that is refused leaves no connection.
 */
export async function openOwnSession(
  call: BridgeCall,
  request: Request,
  owner: SessionOwner,
  sessions: Sessions,
  acquire: () => Promise<Started>,
): Promise<void> {
  sessions.makeRoom(owner.keyId)
  const started = await acquire()
  if (!started.ok) return sendFailure(call.response, request.id, started.failure)
  const { link, stop } = started.upstream
  const end = () => void stop()
  const said = await initialize(call, request, started.upstream)
  if (link.ended() && 'text' in said) {
    return sendFailure(call.response, request.id, { kind: 'unreachable', why: 'ended' })
  }
  const answer = 'text' in said ? parseMessage(said.text) : null
  const isGreeted = answer?.kind === 'response' && !answer.failed
  if (!isGreeted || call.signal.aborted) end()
  if (call.signal.aborted) return
  if ('problem' in said) return sendProblem(call.response, request.id, said.problem)
  const session = isGreeted ? sessions.open(owner, link, announcedIn(request.params['capabilities']), end) : null
  sinkFor(call, request.id, session === null ? {} : { 'mcp-session-id': session.id }).sink.finish(said.text)
}

type Said = { readonly text: string } | { readonly problem: Problem }

/** A client that hangs up now never learns the id of its session, so the connection ends with it. */
function initialize(call: BridgeCall, request: Request, { link, stop }: Upstream): Promise<Said> {
  const { promise, resolve } = Promise.withResolvers<Said>()
  let isSaid = false
  const say = (said: Said) => {
    isSaid = true
    resolve(said)
  }
  const sink: Sink = {
    push: () => false,
    finish: (text) => say({ text }),
    drop: () => say({ text: '' }),
    fail: (problem) => say({ problem }),
  }
  const end = () => void stop()
  link.call(null, request, call.raw.toString('utf8'), impatient(sink, call.server.timeouts, false, end))
  // A signal may also come when the answer is over: then the session is the client's.
  onAbort(call.signal, () => {
    if (!isSaid) end()
  })
  return promise
}
