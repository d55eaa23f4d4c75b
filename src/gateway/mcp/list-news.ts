import type { Message } from './message.ts'
import type { ShownTools } from './shown-tools.ts'
import { membersOf, subscriptionMember } from './stdio/message.ts'

/**
 * Tells the client of a stream that its list of tools is another now, when what its key may call has changed and the
 * server itself has nothing to tell. Silent where nobody asked: in the answer to a call, and on a stream of 2026-07-28
 * whose filter leaves tools out (2026-07-28, basic/subscriptions).
 */
export function createListNews(
  message: Pick<Message, 'method' | 'id' | 'json'>,
  tools: Pick<ShownTools, 'word'>,
  say: (event: string) => void,
): () => void {
  const params = paramsFor(message)
  if (params === null) return () => {}
  const text = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/tools/list_changed', ...params })
  let known = tools.word()
  return () => {
    const word = tools.word()
    if (word === known) return
    known = word
    say(`event: message\ndata: ${text}\n\n`)
  }
}

/** Of the notification; null: none is wanted. */
function paramsFor({ method, id, json }: Pick<Message, 'method' | 'id' | 'json'>): object | null {
  if (method === 'GET') return {}
  if (method !== 'subscriptions/listen') return null
  const wanted = membersOf(membersOf(membersOf(json)['params'])['notifications'])
  return wanted['toolsListChanged'] === true ? { params: { _meta: { [subscriptionMember]: id } } } : null
}
