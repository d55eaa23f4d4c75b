import { problems } from '../../../problems.ts'
import { problemText, type Sink } from './answer.ts'
import { fromChild } from './inbound.ts'
import { errorText, type Id, isId, type Members, type Message, membersOf, parseMessage } from './message.ts'
import { createPending, mayAsk, type Party, type Pending, type Waiting } from './pending.ts'
import { oneLine, splice } from './splice.ts'
import { createTurns } from './turns.ts'
import type { Profile } from './versions.ts'

type Request = Extract<Message, { kind: 'request' }>

/** One child, used by many clients at once. */
export type Link = {
  readonly pending: Pending
  /** Sends a client's call; the answer comes to `sink`. The result withdraws the call: the child is told, the sink ends. */
  readonly call: (party: Party | null, request: Request, text: string, sink: Sink) => (why: string) => void
  /** A call of the gateway's own. Rejects when the child is gone or does not answer in time. */
  readonly ask: (method: string, params: Members | undefined, timeoutMs: number) => Promise<unknown>
  /** A notification or an answer of a client. False when it belongs to nothing of this client. */
  readonly pass: (party: Party | null, message: Message, text: string) => boolean
  readonly tell: (method: string) => void
  /** A session is over: its calls are cancelled, and questions that it was asked are answered with an error. */
  readonly leave: (party: Party) => void
  readonly receive: (line: string) => void
  /** The child is gone: every call gets an error, every stream an end. */
  readonly end: () => void
  readonly ended: () => boolean
}

export type LinkDeps = {
  readonly send: (text: string) => boolean
  readonly turnWaitMs: number
  readonly onNoise: (line: string) => void
}

export const createLink = (deps: LinkDeps, profile: Profile): Link => {
  const pending = createPending(profile)
  const turns = createTurns(deps.turnWaitMs)
  let over = false
  return {
    pending,
    call: (party, request, text, sink) => {
      const id = pending.nextId++
      const waiting = waitingFor(party, request, sink)
      pending.calls.set(id, waiting)
      const line = outgoing(id, waiting, text)
      const go = (release: () => void) => {
        if (pending.calls.get(id) !== waiting) return release()
        waiting.release = release
        waiting.sent = true
        if (!over && deps.send(line)) return
        pending.calls.delete(id)
        release()
        sink.finish(problemText(request.id, { code: 'upstream_unreachable', detail: unreachable }))
      }
      const turn = profile === 'asking' && party && mayAsk(request.method) ? turns.take(party) : () => {}
      if (turn instanceof Promise) void turn.then(go)
      else go(turn)
      return (why) => withdraw(pending, deps.send, id, waiting, why)
    },
    ask: (method, params, timeoutMs) => ask(pending, deps.send, method, params, timeoutMs),
    pass: (party, message, text) => pass(pending, deps.send, party, message, text),
    tell: (method) => void deps.send(JSON.stringify({ jsonrpc: '2.0', method })),
    leave: (party) => leave(pending, deps.send, party),
    receive: (line) => {
      if (line.trim() === '') return
      const message = parseMessage(line)
      // Not JSON-RPC: some servers print a greeting to stdout.
      if (message === null) return deps.onNoise(line)
      fromChild(pending, deps.send, message, oneLine(line))
    },
    end: () => {
      over = true
      failAll(pending)
    },
    ended: () => over,
  }
}

const unreachable = problems.upstream_unreachable.title

const waitingFor = (party: Party | null, request: Request, sink: Sink): Waiting => {
  const token = membersOf(request.params['_meta'])['progressToken']
  return {
    party,
    clientId: request.id,
    progressToken: isId(token) ? token : undefined,
    method: request.method,
    sink,
    sent: false,
    release: () => {},
  }
}

const outgoing = (id: number, waiting: Waiting, text: string): string => {
  const edits = [{ path: ['id'], value: id }]
  if (waiting.progressToken !== undefined) edits.push({ path: ['params', '_meta', 'progressToken'], value: id })
  return oneLine(splice(text, edits))
}

const withdraw = (
  pending: Pending,
  send: (text: string) => boolean,
  id: number,
  waiting: Waiting,
  reason: string,
): void => {
  if (pending.calls.get(id) !== waiting) return
  pending.calls.delete(id)
  waiting.release()
  if (waiting.sent) {
    send(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id, reason } }))
  }
  waiting.sink.drop()
}

const ask = (
  pending: Pending,
  send: (text: string) => boolean,
  method: string,
  params: Members | undefined,
  timeoutMs: number,
): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const id = pending.nextId++
    const settle = (done: () => void) => {
      clearTimeout(timer)
      pending.calls.delete(id)
      done()
    }
    const timer = setTimeout(() => settle(() => reject(new Error(`did not answer ${method} in time`))), timeoutMs)
    const finish = (text: string) => {
      const answer = parseMessage(text)
      const result = answer?.kind === 'response' && !answer.failed ? answer.result : undefined
      settle(() => (result === undefined ? reject(new Error(`refused ${method}`)) : resolve(result)))
    }
    const drop = () => settle(() => reject(new Error('was stopped')))
    const sink: Sink = { push: () => false, finish, drop, fail: drop }
    const request: Request = { kind: 'request', id, method, params: {} }
    pending.calls.set(id, { ...waitingFor(null, request, sink), sent: true })
    if (!send(JSON.stringify({ jsonrpc: '2.0', id, method, ...(params ? { params } : {}) }))) drop()
  })

const pass = (
  pending: Pending,
  send: (text: string) => boolean,
  party: Party | null,
  message: Message,
  text: string,
): boolean => {
  if (message.kind === 'response') return passAnswer(pending, send, party, message.id, text)
  if (message.kind === 'request') return false
  if (message.method === 'notifications/cancelled') {
    return cancel(pending, send, party, message.params['requestId'], text)
  }
  if (message.method === 'notifications/progress') {
    const token = message.params['progressToken']
    const question = typeof token === 'number' ? pending.questions.get(token) : undefined
    if (question?.progressToken === undefined || question.party !== party) return false
    const edits = [{ path: ['params', 'progressToken'], value: question.progressToken }]
    return send(oneLine(splice(text, edits)))
  }
  // The child was told once, by us; and what changed among a client's roots is not its business (versions.ts).
  const isOfSession =
    message.method === 'notifications/initialized' || message.method === 'notifications/roots/list_changed'
  return (isOfSession && pending.profile !== 'own') || send(oneLine(text))
}

const passAnswer = (
  pending: Pending,
  send: (text: string) => boolean,
  party: Party | null,
  id: Id | null,
  text: string,
): boolean => {
  const question = typeof id === 'number' ? pending.questions.get(id) : undefined
  if (question === undefined || typeof id !== 'number' || question.party !== party) return false
  pending.questions.delete(id)
  return send(oneLine(splice(text, [{ path: ['id'], value: question.childId }])))
}

const cancel = (
  pending: Pending,
  send: (text: string) => boolean,
  party: Party | null,
  clientId: unknown,
  text: string,
): boolean => {
  // Without a session a notification cannot be told from another client's: there the hang-up is the cancellation.
  if (party === null) return false
  for (const [id, call] of pending.calls) {
    if (call.party !== party || call.clientId !== clientId) continue
    pending.calls.delete(id)
    call.release()
    if (call.sent) send(oneLine(splice(text, [{ path: ['params', 'requestId'], value: id }])))
    call.sink.drop()
    return true
  }
  return false
}

const leave = (pending: Pending, send: (text: string) => boolean, party: Party): void => {
  pending.parties.delete(party)
  for (const [id, question] of pending.questions) {
    if (question.party !== party) continue
    pending.questions.delete(id)
    // Without an answer the server would wait for ever, and with it the call that it asks for.
    send(errorText(question.childId, -32000, 'The client has left'))
  }
  for (const [id, call] of pending.calls) {
    if (call.party === party) withdraw(pending, send, id, call, 'The session has ended')
  }
}

const failAll = (pending: Pending): void => {
  const calls = [...pending.calls.values()]
  pending.calls.clear()
  pending.questions.clear()
  for (const call of calls) {
    call.release()
    const problem = { code: 'upstream_unreachable', detail: unreachable } as const
    call.sink.finish(problemText(call.clientId, problem))
  }
}
