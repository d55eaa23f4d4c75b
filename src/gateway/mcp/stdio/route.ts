import type { Members } from './message.ts'
import { mayAsk, type Party, type Pending, type Waiting } from './pending.ts'
import { mayBeAsked } from './versions.ts'

/**
 * Whose is it? Messages of the child that name no call are given to a client only where there is no doubt. What is
 * meant for one client and shown to another is a leak; what is refused is an error that somebody can read.
 */
export type Target =
  | { readonly kind: 'party'; readonly party: Party; readonly push: (text: string) => boolean }
  | { readonly kind: 'refuse'; readonly why: string }

export const targetOfQuestion = (pending: Pending, method: string, params: Members): Target => {
  if (pending.profile === 'own') return targetOfOwn(pending)
  const calls = running(pending).filter((call) => mayAsk(call.method))
  const callers = new Set(calls.map((call) => call.party))
  if (callers.size > 1) return refuse('Several clients are calling; it cannot be told which of them to ask')
  const call = calls.at(-1)
  if (call !== undefined) {
    if (call.party === null || !mayBeAsked(call.party.announced, method, params))
      return refuse('Not supported by the client')
    return { kind: 'party', party: call.party, push: pushOf(call) }
  }
  // Between calls: a background question. It needs an open stream, and one candidate only.
  const able = [...pending.parties].filter((party) => party.stream && mayBeAsked(party.announced, method, params))
  const [party] = able
  if (party === undefined) return refuse('No client is connected that can be asked')
  if (able.length > 1) return refuse('Several clients are connected; it cannot be told which of them to ask')
  return { kind: 'party', party, push: (text) => pushToStream(party, text) }
}

/** On a connection that one session has for itself every question is that session's, whatever it is about. */
const targetOfOwn = (pending: Pending): Target => {
  const [party] = pending.parties
  if (party === undefined) return refuse('No client is connected that can be asked')
  const call = running(pending).findLast((one) => one.party === party)
  const push = call === undefined ? (text: string) => pushToStream(party, text) : pushOf(call)
  return { kind: 'party', party, push }
}

/**
 * Log messages: to the one call that is running, else to everybody's stream. While several sessions are calling a
 * message may quote what only one of them may see, so it goes out only if they are all of one holder.
 */
export const targetsOfLog = (pending: Pending, level: number): ((text: string) => boolean)[] => {
  const calls = running(pending)
  const callers = new Set(calls.map((call) => call.party))
  const [call] = calls
  if (call !== undefined && callers.size === 1) {
    return call.party === null || wants(call.party, level) ? [calls.length === 1 ? pushOf(call) : toStream(call)] : []
  }
  const parties = [...pending.parties]
  const isOneHolder = new Set(parties.map((party) => party.holder)).size === 1
  if (calls.length > 0 && !isOneHolder) return []
  return parties.filter((party) => wants(party, level)).map((party) => (text) => pushToStream(party, text))
}

/** Into the answer of the call, or where that has no room for more than one message, into its session's stream. */
export const pushOf =
  (call: Waiting) =>
  (text: string): boolean =>
    call.sink.push(text) || (call.party !== null && pushToStream(call.party, text))

export const pushToStream = (party: Party, text: string): boolean => {
  party.stream?.(text)
  return party.stream !== null
}

const toStream =
  (call: Waiting) =>
  (text: string): boolean =>
    call.party !== null && pushToStream(call.party, text)

const running = (pending: Pending): Waiting[] => [...pending.calls.values()].filter((call) => call.sent)

const wants = (party: Party, level: number): boolean => party.logLevel === null || level >= party.logLevel

const refuse = (why: string): Target => ({ kind: 'refuse', why })
