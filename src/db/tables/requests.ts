import type { Fixed, Flag, Json, Ms } from './column.ts'

/** Calls, each once. They stay as they were written, whatever becomes of their key or its owner. */
export type Requests = {
  organization_id: Fixed<string>
  /** When the call came, by the gateway's clock, never later than it was taken in. */
  at: Fixed<Ms>
  /** Tells calls of one moment apart: made of the gateway, its boot and the place in its spool. */
  place: Fixed<number>
  id: Fixed<string>
  kind: Fixed<'mcp' | 'llm'>
  gateway_id: Fixed<string>
  key_id: Fixed<string>
  key_name: Fixed<string>
  version: Fixed<number>
  child: Fixed<string | null>
  owner_type: Fixed<'member' | 'team' | 'app'>
  owner_id: Fixed<string>
  project_id: Fixed<string | null>
  server_id: Fixed<string | null>
  tool: Fixed<string | null>
  provider_id: Fixed<string | null>
  model: Fixed<string | null>
  method: Fixed<string | null>
  admitted: Fixed<Flag>
  status: Fixed<number>
  code: Fixed<string | null>
  rule: Fixed<string | null>
  /** Tokens; all null: it had none. */
  input: Fixed<number | null>
  output: Fixed<number | null>
  cached: Fixed<number | null>
  cache_write: Fixed<number | null>
  reasoning: Fixed<number | null>
  estimated: Fixed<Flag>
  /** nano-USD; null: no price was known. */
  cost: Fixed<number | null>
  price: Fixed<Json | null>
  latency_ms: Fixed<number>
  first_byte_ms: Fixed<number | null>
  address: Fixed<string>
  client: Fixed<string>
  /** Of the key when it was used: JSON of one object. */
  metadata: Fixed<Json>
}

/** The same calls, summed by the hour. What is not there is ''. */
export type RequestHours = {
  organization_id: Fixed<string>
  /** Hours since epoch. */
  hour: Fixed<number>
  key_id: Fixed<string>
  owner_type: Fixed<'member' | 'team' | 'app'>
  owner_id: Fixed<string>
  kind: Fixed<'mcp' | 'llm'>
  project_id: Fixed<string>
  server_id: Fixed<string>
  tool: Fixed<string>
  provider_id: Fixed<string>
  model: Fixed<string>
  status: Fixed<number>
  /** Admitted ones. */
  requests: number
  refused: number
  input: number
  output: number
  cached: number
  reasoning: number
  /** nano-USD. */
  cost: number
  /** Of the admitted ones together. */
  latency_ms: number
}

export type RequestMarks = { gateway_id: Fixed<string>; boot: Fixed<string>; seq: number; at: Ms }
