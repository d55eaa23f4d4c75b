import type { Passage } from '../mcp/pass.ts'
import type { Clients } from './clients.ts'
import type { Served } from './meter.ts'
import { createSaid } from './said.ts'

type Deps = { readonly count: (served: Served) => void; readonly clients: Pick<Clients, 'sending'> }

/** As long as a tool's name may be; what is longer is somebody's play. */
const longestTool = 128

/** A call that is served, as it is counted. */
export function countPassage({
  count,
  clients,
}: Deps): (passage: Pick<Passage, 'call' | 'caller' | 'message' | 'server'>) => void {
  const said = createSaid(longestTool)
  return ({ call, caller, message, server }) => {
    const { key, version } = caller
    count({
      organization: key.organization,
      key: key.id,
      version,
      child: call.facts.childId,
      client: clients.sending(call.request.headers, message),
      address: call.address,
      server: server.id,
      tool: message.tool === null ? '' : said(message.tool),
    })
  }
}
