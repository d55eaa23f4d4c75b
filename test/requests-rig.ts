import type { Database } from '../src/db/database.ts'
import type { RecordsReport } from '../src/fleet/feed-state.ts'
import type { CallRecord } from '../src/fleet/records/schema.ts'
import { keepRecords } from '../src/requests/keep.ts'
import { orgA } from './feed-store.ts'

export const aKey = 'key_0000000000000001'
export const noon = Date.UTC(2026, 10, 21, 12)

/** A call of a tool, as a gateway writes it down. */
export const toolCall = (seq: number, more: Partial<CallRecord> = {}): CallRecord => ({
  seq,
  id: `req_${seq}`,
  at: noon - 1000 + seq,
  kind: 'mcp',
  organization: orgA,
  key: aKey,
  keyName: 'My key',
  version: 1,
  child: null,
  ownerType: 'member',
  owner: 'mem_aaaaaaaaaaaaaaaa',
  metadata: '{}',
  client: 'claude-code/2.1',
  address: '198.51.100.7',
  project: 'prj_aaaaaaaaaaaaaaaa',
  server: 'srv_aaaaaaaaaaaaaaaa',
  tool: 'echo',
  provider: null,
  model: null,
  method: 'tools/call',
  admitted: true,
  status: 200,
  code: null,
  rule: null,
  tokens: null,
  estimated: false,
  cost: null,
  price: null,
  charges: [],
  latencyMs: 12,
  firstByteMs: 3,
  ...more,
})

/** A chat completion that cost something. */
export const chat = (seq: number, more: Partial<CallRecord> = {}): CallRecord =>
  toolCall(seq, {
    kind: 'llm',
    server: null,
    tool: null,
    provider: 'prv_aaaaaaaaaaaaaaaa',
    model: 'gpt-5',
    method: '/v1/chat/completions',
    tokens: { input: 100, output: 20, cached: 40, cacheWrite: 0, reasoning: 5 },
    cost: 1_234_567,
    price: '{"input":1250}',
    ...more,
  })

export const refused = (seq: number, more: Partial<CallRecord> = {}): CallRecord =>
  toolCall(seq, { admitted: false, status: 403, code: 'tool_not_allowed', rule: 'tools', ...more })

let boots = 0
export const reportOf = (records: readonly CallRecord[], more: Partial<RecordsReport> = {}): RecordsReport => ({
  gateway: 'gwy_aaaaaaaaaaaaaaaa',
  boot: more.boot ?? `boot_${++boots}`,
  confirmed: (records[0]?.seq ?? 1) - 1,
  records,
  ...more,
})

/** Straight into the log, as if of a boot of its own. */
export async function keep(requests: Database, records: readonly CallRecord[], now = noon): Promise<void> {
  const numbered = records.map((record, at) => ({ ...record, seq: at + 1 }))
  const boot = `boot_${++boots}`
  for (let at = 0; at < numbered.length; at += 500) {
    const report = reportOf(numbered.slice(at, at + 500), { boot })
    const isKept = await requests.system.transaction((db) => keepRecords(db, report, now))
    if (!isKept) throw new Error('The calls were not kept')
  }
}
