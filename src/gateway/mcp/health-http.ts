import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { headerFor } from '../../credentials/injection.ts'
import type { Secret } from '../../secret.ts'
import type { Slot } from '../../servers/schema.ts'
import { viaOf } from '../via.ts'
import { formsOf } from './scan.ts'
import { listTools, type Tool } from './tool-list.ts'

export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>

type Deps = {
  readonly fetch: Fetch
  readonly gatewayId: () => string
  readonly software: string
  readonly timeoutMs: number
}

/** One look at an HTTP server, as any client would: negotiate the era, list the tools, leave nothing behind. */
export const probeHttp = async (
  { software, timeoutMs, ...deps }: Deps,
  url: string,
  slot: Slot | null,
  credential: Secret | null,
): Promise<Tool[]> => {
  const header = slot === null || credential === null ? null : headerFor(slot, credential)
  if (slot !== null && header === null) throw new Error('The credential does not fit its header')
  const via = viaOf(undefined, deps.gatewayId())
  const headers = header === null ? { via } : { via, [header.name]: header.value.reveal() }
  // One end for all of it: a server that drips, or whose pages never end, does not keep us.
  const deadline = AbortSignal.timeout(3 * timeoutMs)
  const bounded: Fetch = async (target, init) => {
    const signal = init?.signal ? AbortSignal.any([init.signal, deadline]) : deadline
    return capped(await deps.fetch(target, { ...init, signal }))
  }
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    fetch: bounded,
    // The credential is for this address only.
    requestInit: { headers, redirect: 'error' },
    reconnectionOptions: {
      maxRetries: 0,
      initialReconnectionDelay: timeoutMs,
      maxReconnectionDelay: timeoutMs,
      reconnectionDelayGrowFactor: 1,
    },
  })
  const client = new Client({ name: 'ostiary', version: software }, { versionNegotiation: { mode: 'auto' } })
  const limit = { timeout: timeoutMs, maxTotalTimeout: timeoutMs }
  try {
    await client.connect(transport, limit)
    if (client.getServerCapabilities()?.tools === undefined) return []
    // Not by `client.listTools`, which collects every page whole and writes what it does not like to the console.
    return await listTools(
      (cursor) => client.request({ method: 'tools/list', params: cursor === undefined ? {} : { cursor } }, limit),
      credential === null ? [] : formsOf(credential.reveal()),
    )
  } finally {
    // A legacy server would keep the session until it expires: two more each minute.
    if (transport.sessionId !== undefined) await transport.terminateSession().catch(() => {})
    await client.close().catch(() => {})
  }
}

const answerCap = 16 * 1024 * 1024

const capped = (response: Response): Response => {
  if (response.body === null) return response
  let bytes = 0
  const count = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => {
      bytes += chunk.byteLength
      if (bytes > answerCap) controller.error(new Error(`answered with more than ${answerCap} bytes`))
      else controller.enqueue(chunk)
    },
  })
  const { status, statusText, headers } = response
  return new Response(response.body.pipeThrough(count), { status, statusText, headers })
}
