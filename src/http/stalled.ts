import type { Server, ServerResponse } from 'node:http'

type Times = { readonly everyMs: number; readonly stallMs: number }
const usual: Times = { everyMs: 10_000, stallMs: 60_000 }

/**
 * Cuts connections whose peer takes nothing of what waits for it, each of which holds memory and a connection to the
 * server behind. An answer of which nothing waits may be silent as long as it likes. A look now and then instead of a
 * timer per call, which would cost more than the rest of this; node's own timer then tells a slow reader from none,
 * even within one long piece.
 */
export const cutStalled = (server: Server, running: () => readonly ServerResponse[], times: Times = usual): void => {
  const look = setInterval(() => {
    for (const { req } of running()) {
      const { socket } = req
      const isWaiting = socket.writableLength > 0
      // Nobody listens for it, so node ends the connection when the time is over.
      if (isWaiting !== (socket.timeout ?? 0) > 0) socket.setTimeout(isWaiting ? times.stallMs : 0)
    }
  }, times.everyMs).unref()
  server.once('close', () => clearInterval(look))
}
