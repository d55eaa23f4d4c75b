import { once } from 'node:events'
import { cpuMicroseconds, residentBytes } from '../test/processes.ts'
import { type Program, startNode } from '../test/programs.ts'
import type { LoadOrder, LoadResult } from './load.ts'

export type Contender = {
  readonly name: string
  readonly pid: number
  readonly url: string
  readonly headers: Record<string, string>
  /** Default: `callBody`. */
  readonly body?: string
}
export type Sample = {
  readonly name: string
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  /** Until the first bytes of an answer, ms. */
  readonly first50: number
  readonly first99: number
  readonly cpuPerCall: number
  readonly rss: number
  readonly statuses: Record<string, number>
}

/** `tools/call` of 212 bytes, as in research of this project: comparable with what was measured before. */
const filler = (length: number) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'echo', arguments: { message: 'm'.repeat(length) } },
})
export const callBody = JSON.stringify(filler(212 - JSON.stringify(filler(0)).length))
export const callHeaders = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
  'mcp-protocol-version': '2025-11-25',
  'user-agent': 'ostiary-bench',
}

export const startLoad = (): Program => startNode(['bench/load.ts'], {}, { ipc: true })

async function order(load: Program, what: LoadOrder): Promise<LoadResult> {
  load.child.send(what)
  const [result] = await once(load.child, 'message')
  return result as LoadResult
}

export async function measure(load: Program, who: Contender, seconds: number, connections = 32): Promise<Sample> {
  const headers = { ...callHeaders, ...who.headers }
  const before = await cpuMicroseconds(who.pid)
  const result = await order(load, { url: who.url, headers, body: who.body ?? callBody, connections, seconds })
  const cpu = (await cpuMicroseconds(who.pid)) - before
  return {
    name: who.name,
    perSecond: result.calls / result.seconds,
    p50: result.p50,
    p99: result.p99,
    first50: result.first50,
    first99: result.first99,
    cpuPerCall: cpu / Math.max(1, result.calls),
    rss: await residentBytes(who.pid),
    statuses: result.statuses,
  }
}

/** Interleaved, and every round in another order: a neighbour's busy second hits all alike. */
export async function interleave(
  load: Program,
  contenders: readonly Contender[],
  { rounds, seconds }: { rounds: number; seconds: number },
): Promise<Sample[]> {
  const samples: Sample[] = []
  // A fresh process compiles its hot path during the first 30,000 calls; what is measured is what it does afterwards.
  for (const who of contenders) await measure(load, who, 3)
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < contenders.length; turn += 1) {
      const who = contenders[(turn + round) % contenders.length]
      if (who) samples.push(await measure(load, who, seconds))
    }
  }
  return samples
}
