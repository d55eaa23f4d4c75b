import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { closing, fleetPath } from '../fleet/frames.ts'
import type { AttachedGateway } from '../fleet/roster.ts'
import { isLocalCall } from '../http/client-address.ts'
import { problemJson } from '../http/problem-json.ts'
import { newRequestId } from '../http/request-id.ts'
import { type Problem, type Result, refuse } from '../problems.ts'

type Deps = {
  readonly proveGateway: (authorization: string | null) => Promise<Result<AttachedGateway>>
  readonly accept: (socket: WebSocket, gateway: AttachedGateway) => void
  readonly randomBytes: (size: number) => Uint8Array
  readonly log: {
    readonly info: (fields: Readonly<Record<string, unknown>>, message: string) => void
    readonly error: (fields: Readonly<Record<string, unknown>>, message: string) => void
  }
}
type Door = {
  /** Anyone who proves to be a gateway may come in; else only callers on this machine. */
  readonly isOpen: boolean
  readonly isDraining: () => boolean
}

const statusTexts: Record<number, string> = { 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found' }

const refuseUpgrade = (socket: Duplex, problem: Problem, requestId: string): void => {
  const { status, headers, body } = problemJson(problem, requestId)
  const lines = Object.entries({
    ...headers,
    'x-request-id': requestId,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}`)
  socket.end([`HTTP/1.1 ${status} ${statusTexts[status] ?? 'Refused'}`, ...lines, '', body].join('\r\n'))
}

/** The gateways' way in: one path, never from a browser, and a token before the first frame. */
export const serveFeed = (deps: Deps) => {
  // Bigger than any frame either side writes; without compression, so that no ratio ever tells about a secret.
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 16 * 1_048_576, perMessageDeflate: false })

  const admit = async (request: IncomingMessage, door: Door): Promise<Result<AttachedGateway>> => {
    if (request.url !== fleetPath) return refuse('not_found')
    if (door.isDraining()) return refuse('draining', { retryAfterSeconds: 1 })
    const { remoteAddress, localAddress } = request.socket
    const isLocal = isLocalCall(remoteAddress, request.headers, localAddress)
    if (request.headers.origin !== undefined || !(door.isOpen || isLocal)) return refuse('not_found')
    return deps.proveGateway(request.headers.authorization ?? null)
  }

  const attach = (server: Server, door: Door): void => {
    server.on('upgrade', (request, socket, head) => {
      const requestId = newRequestId(deps.randomBytes)
      socket.on('error', () => socket.destroy())
      admit(request, door).then(
        (gateway) => {
          if (!gateway.ok) {
            deps.log.info({ requestId, code: gateway.problem.code }, 'a gateway was not let in')
            return refuseUpgrade(socket, gateway.problem, requestId)
          }
          sockets.handleUpgrade(request, socket, head, (attached) => deps.accept(attached, gateway.value))
        },
        (err) => {
          deps.log.error({ err, requestId }, 'a gateway could not be let in')
          refuseUpgrade(socket, refuse('internal').problem, requestId)
        },
      )
    })
  } /** Those, too, that were let in and never said hello: the feed knows nothing of them. */
  const close = (): void => {
    for (const socket of sockets.clients) socket.close(closing.goingAway, 'shutting down')
  }
  return { attach, close }
}
