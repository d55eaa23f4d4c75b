import type { Answer } from './answer.ts'
import type { Incoming } from './incoming.ts'

type Deps = {
  readonly log: { readonly info: (fields: Readonly<Record<string, unknown>>, message: string) => void }
  readonly gatewayId: () => string
  readonly monotonic: () => number
}

/** Names of tools are the caller's text; a line is for reading. */
const longest = 128
const short = (text: string | null): string | null => (text === null ? null : text.slice(0, longest))

/** One line per call. The path is not in it: its segments may be anything, a key included. */
export const createAccessLog =
  (deps: Deps) =>
  (call: Incoming, answer: Answer): void => {
    const { facts } = call
    deps.log.info(
      {
        ...answer.log,
        requestId: call.requestId,
        route: call.route,
        key: facts.keyId,
        keyName: facts.keyName,
        secretVersion: facts.secretVersion,
        organization: facts.organization,
        server: facts.server,
        method: short(facts.method),
        tool: short(facts.tool),
        status: answer.status,
        code: answer.code,
        ms: Math.round((deps.monotonic() - call.startedAt) * 1000) / 1000,
        address: call.address,
        gateway: deps.gatewayId(),
      },
      'call',
    )
  }
