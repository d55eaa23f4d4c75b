import { membersOf } from '../stdio/message.ts'
import type { Started, Upstream } from '../stdio/pool.ts'
import { type Probe, unreachable } from '../stdio/probe.ts'
import { initializeParams } from '../stdio/versions.ts'
import { listTools, type Tool } from '../tool-list.ts'

/** Looks at a server over HTTP+SSE as a client would, and leaves no connection behind. */
export async function probeConnection(
  acquire: () => Promise<Started>,
  timeoutMs: number,
  software: string,
): Promise<Probe> {
  const started = await acquire()
  if (!started.ok) return unreachable(started)
  try {
    return { state: 'ready', tools: await toolsOf(started.upstream, timeoutMs, software) }
  } catch (error) {
    return { state: 'unreachable', lastError: error instanceof Error ? error.message : String(error) }
  } finally {
    await started.upstream.stop()
  }
}

async function toolsOf({ link }: Upstream, timeoutMs: number, software: string): Promise<Tool[]> {
  const greeting = membersOf(await link.ask('initialize', initializeParams('own', software), timeoutMs))
  if (typeof greeting['protocolVersion'] !== 'string') throw new Error('refused initialize')
  link.tell('notifications/initialized')
  if (membersOf(greeting['capabilities'])['tools'] === undefined) return []
  // The credential is taken out of each event already.
  return listTools((cursor) => link.ask('tools/list', cursor === undefined ? {} : { cursor }, timeoutMs), [])
}
