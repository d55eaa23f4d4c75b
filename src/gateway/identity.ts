import type { AttachmentDeps } from '../fleet/attach.ts'
import { parseFromControl } from '../fleet/frames.ts'

type Connect = AttachmentDeps['connect']

export type Identity = {
  readonly connect: Connect
  /** The id that control gave in its welcome; empty before, when this gateway admits nothing anyway. */
  readonly gatewayId: () => string
}

/** Learns from the feed who this gateway is: session ids and log lines carry the name that control knows. */
export function createIdentity(connect: Connect, onWelcome: () => void): Identity {
  let id = ''
  return {
    gatewayId: () => id,
    connect: (url, token) => {
      const socket = connect(url, token)
      const listen = (data: { toString(): string }) => {
        const parsed = parseFromControl(data.toString())
        if (parsed.kind !== 'frame' || parsed.frame.type !== 'welcome') return
        id = parsed.frame.gateway.id
        socket.off('message', listen)
        onWelcome()
      }
      socket.on('message', listen)
      return socket
    },
  }
}
