import type { EventStore, JSONRPCMessage } from '@modelcontextprotocol/server'

type Kept = {
  readonly id: string
  readonly stream: string
  /** Null: nobody is to hear of it any more. */
  readonly message: JSONRPCMessage | null
  readonly size: number
}

/** `takeBack`: what was told until now is not told again; whoever waits for an answer among it gets `refusal`. */
export type Events = EventStore & { readonly takeBack: (refusal: ErrorOfCall) => void }
type ErrorOfCall = { readonly code: number; readonly message: string; readonly data?: unknown }

const mostEvents = 256
const mostCharacters = 1024 * 1024

/** What a session's client may have missed, of its latest events: the oldest are given up. One store is one session's. */
export function createEvents(): Events {
  let kept: Kept[] = []
  let characters = 0
  let count = 0
  return {
    storeEvent: async (stream, message) => {
      count += 1
      const id = `${stream}_${count}`
      const length = JSON.stringify(message).length
      const isLong = length > mostCharacters
      const size = isLong ? 0 : length
      kept.push({ id, stream, message: isLong ? refusedIn(message, tooLong) : message, size })
      characters += size
      let given = 0
      while (kept.length - given > mostEvents || characters > mostCharacters) {
        characters -= kept[given]?.size ?? 0
        given += 1
      }
      if (given > 0) kept = kept.slice(given)
      return id
    },
    getStreamIdForEventId: async (id) => kept.find((event) => event.id === id)?.stream,
    replayEventsAfter: async (lastId, { send }) => {
      const at = kept.findIndex((event) => event.id === lastId)
      const stream = kept[at]?.stream
      if (stream === undefined) throw new Error('an event that is not known any more')
      for (const { id, message, ...event } of kept.slice(at + 1))
        if (event.stream === stream && message !== null) await send(id, message)
      return stream
    },
    takeBack: (refusal) => {
      kept = kept.map((event) => ({ ...event, message: refusedIn(event.message, refusal) }))
    },
  }
}

/** A hundred sessions of a key with one answer of 16 MiB each would be too much to hold for half an hour. */
const tooLong = { code: -32603, message: 'The answer was too long to be kept for a client that had gone. Call again.' }

function refusedIn(sent: JSONRPCMessage | null, { code, message, data }: ErrorOfCall): JSONRPCMessage | null {
  const isAnswer = sent !== null && 'id' in sent && !('method' in sent)
  return isAnswer && sent.id !== undefined ? { jsonrpc: '2.0', id: sent.id, error: { code, message, data } } : null
}
