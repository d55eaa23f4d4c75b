import type { EventStore, JSONRPCMessage } from '@modelcontextprotocol/server'

type Kept = { readonly id: string; readonly stream: string; readonly message: JSONRPCMessage; readonly size: number }

const mostEvents = 256
const mostCharacters = 1024 * 1024

/** What a session's client may have missed, of its latest events: the oldest are given up. One store is one session's. */
export function createEvents(): EventStore {
  let kept: Kept[] = []
  let characters = 0
  let count = 0
  return {
    storeEvent: async (stream, message) => {
      count += 1
      const id = `${stream}_${count}`
      const size = JSON.stringify(message).length
      kept.push({ id, stream, message, size })
      characters += size
      let given = 0
      while (kept.length - given > mostEvents || (characters > mostCharacters && kept.length - given > 1)) {
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
      for (const event of kept.slice(at + 1)) if (event.stream === stream) await send(event.id, event.message)
      return stream
    },
  }
}
