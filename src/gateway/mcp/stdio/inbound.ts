import {
  errorText,
  isId,
  isMembers,
  type Members,
  type Message,
  membersOf,
  resultText,
  subscriptionMember,
} from './message.ts'
import { levelOf, type Party, type Pending } from './pending.ts'
import { pushOf, pushToStream, targetOfQuestion, targetsOfLog } from './route.ts'
import { type Edit, splice } from './splice.ts'

/** What a child sends, brought to the client it is for. `reply` writes back to the child. */
export const fromChild = (pending: Pending, reply: (text: string) => void, message: Message, text: string): void => {
  if (message.kind === 'response') answerOf(pending, message.id, message.result, text)
  else if (message.kind === 'request') questionOf(pending, reply, message, text)
  else noticeOf(pending, message.method, message.params, text)
}

const answerOf = (pending: Pending, id: unknown, result: unknown, text: string): void => {
  const call = typeof id === 'number' ? pending.calls.get(id) : undefined
  if (call === undefined || typeof id !== 'number') return
  pending.calls.delete(id)
  call.release()
  const edits = [{ path: ['id'], value: call.clientId }]
  const meta = isMembers(result) ? membersOf(result['_meta']) : {}
  if (meta[subscriptionMember] === id) {
    edits.push({ path: ['result', '_meta', subscriptionMember], value: call.clientId })
  }
  call.sink.finish(splice(text, edits))
}

type Question = Extract<Message, { kind: 'request' }>

const questionOf = (pending: Pending, reply: (text: string) => void, question: Question, text: string): void => {
  // Asks whether *we* are alive.
  if (question.method === 'ping') {
    reply(resultText(question.id, {}))
    return
  }
  if (pending.questions.size >= mostQuestions) {
    reply(errorText(question.id, -32000, 'Too many questions wait for an answer'))
    return
  }
  const target = targetOfQuestion(pending, question.method, question.params)
  if (target.kind === 'refuse' || !pose(pending, question, text, target.party, target.push)) {
    const why = target.kind === 'refuse' ? target.why : 'The client has no stream on which it could be asked'
    reply(errorText(question.id, -32601, why))
  }
}

/** Nobody answers that many, and what a server asks without end must not fill our memory. */
const mostQuestions = 1000

const pose = (
  pending: Pending,
  question: Question,
  text: string,
  party: Party,
  push: (text: string) => boolean,
): boolean => {
  const id = pending.nextId++
  const token = membersOf(question.params['_meta'])['progressToken']
  const progressToken = isId(token) ? token : undefined
  pending.questions.set(id, { party, childId: question.id, progressToken, push })
  const edits: Edit[] = [{ path: ['id'], value: id }]
  if (progressToken !== undefined) edits.push({ path: ['params', '_meta', 'progressToken'], value: id })
  const posed = push(splice(text, edits))
  if (!posed) pending.questions.delete(id)
  return posed
}

const noticeOf = (pending: Pending, method: string, params: Members, text: string): void => {
  const subscription = membersOf(params['_meta'])[subscriptionMember]
  if (subscription !== undefined) {
    const call = typeof subscription === 'number' ? pending.calls.get(subscription) : undefined
    call?.sink.push(splice(text, [{ path: ['params', '_meta', subscriptionMember], value: call.clientId }]))
    return
  }
  if (method === 'notifications/progress') progressOf(pending, params, text)
  else if (method === 'notifications/cancelled') withdrawalOf(pending, params, text)
  else if (method === 'notifications/message') logOf(pending, params, text)
  else broadcast(pending, method, params, text)
}

const logOf = (pending: Pending, params: Members, text: string): void => {
  for (const push of targetsOfLog(pending, levelOf(params['level']))) push(text)
}

const broadcast = (pending: Pending, method: string, params: Members, text: string): void => {
  const uri = params['uri']
  const onlySubscribers = method === 'notifications/resources/updated' && typeof uri === 'string'
  for (const party of pending.parties) {
    if (!onlySubscribers || party.subscriptions.has(uri)) pushToStream(party, text)
  }
}

const progressOf = (pending: Pending, params: Members, text: string): void => {
  const token = params['progressToken']
  const call = typeof token === 'number' ? pending.calls.get(token) : undefined
  if (call?.progressToken === undefined) return
  pushOf(call)(splice(text, [{ path: ['params', 'progressToken'], value: call.progressToken }]))
}

const withdrawalOf = (pending: Pending, params: Members, text: string): void => {
  for (const [id, question] of pending.questions) {
    if (question.childId !== params['requestId']) continue
    pending.questions.delete(id)
    question.push(splice(text, [{ path: ['params', 'requestId'], value: id }]))
  }
}
