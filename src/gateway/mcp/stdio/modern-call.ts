import { lateSink, sendEmpty, sendJson } from './answer.ts'
import { type BridgeCall, isStuffed, onAbort, sendFailure, watched } from './call.ts'
import { impatient } from './impatient.ts'
import { errorText, type Message } from './message.ts'
import type { Started } from './pool.ts'
import { modernVersion, newestLegacy } from './versions.ts'

/** A message of 2026-07-28: no session, nothing kept. Ids are changed like everywhere, by a child that speaks it. */
export const modernCall = async (
  call: BridgeCall,
  message: Exclude<Message, { kind: 'response' }>,
  version: string,
  acquire: () => Promise<Started>,
): Promise<void> => {
  // This revision knows no notifications over HTTP; a hang-up is the cancellation.
  if (message.kind === 'notification') return sendEmpty(call.response, 202)
  const started = version === modernVersion ? await acquire() : null
  if (started === null || (!started.ok && started.failure.kind === 'wrong-era')) {
    const supported = started === null ? [modernVersion, newestLegacy] : [newestLegacy]
    const text = errorText(message.id, -32022, 'Unsupported protocol version', { supported, requested: version })
    return sendJson(call.response, 400, text)
  }
  if (!started.ok) return sendFailure(call.response, message.id, started.failure)
  const { link } = started.upstream
  if (isStuffed(link.pending.calls.size, call.response, message.id)) return
  const { sink, over } = watched(lateSink(call.response, call.accept, message.id))
  const isStream = message.method === 'subscriptions/listen'
  const bounded = impatient(sink, call.server.timeouts, isStream, () => withdraw('The server took too long'))
  const withdraw = link.call(null, message, call.raw.toString('utf8'), bounded)
  onAbort(call.signal, () => withdraw('The client hung up'))
  await over
}
