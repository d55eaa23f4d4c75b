/**
 * What of MCP works where: one table, of which both the tests and a section of docs/mcp.md are made. Eras are those of the
 * client; the server speaks both.
 */
export type Era = 'legacy' | 'modern'
export type Route = 'single' | 'aggregated'
/** `works`: a test does it. Else: why not, in the words of the specification, and where they stand. */
export type Cell = 'works' | { readonly not: string; readonly specification: string }
export type Row = {
  readonly feature: string
  /** How it is done in each era, where that differs. */
  readonly by: string
} & Readonly<Record<Era, Readonly<Record<Route, Cell>>>>

const works = { single: 'works', aggregated: 'works' } as const
const everywhere = { legacy: works, modern: works } as const
const noPing = {
  not: 'removed in 2026-07-28: "Remove ping, logging/setLevel, and notifications/roots/list_changed"',
  specification: 'https://modelcontextprotocol.io/specification/2026-07-28/changelog',
} as const

export const rows = [
  { feature: 'tools', by: '`tools/list`, `tools/call`', ...everywhere },
  { feature: 'prompts', by: '`prompts/list`, `prompts/get`', ...everywhere },
  { feature: 'resources', by: '`resources/list`, `resources/read`', ...everywhere },
  { feature: 'templates', by: '`resources/templates/list`', ...everywhere },
  { feature: 'completion', by: '`completion/complete`', ...everywhere },
  { feature: 'subscriptions', by: '`resources/subscribe`; 2026-07-28: `subscriptions/listen`', ...everywhere },
  { feature: 'list changed', by: 'the stream of the session; 2026-07-28: `subscriptions/listen`', ...everywhere },
  { feature: 'logging', by: '`logging/setLevel`; 2026-07-28: `logLevel` in each call', ...everywhere },
  { feature: 'progress', by: 'on the stream of the call', ...everywhere },
  { feature: 'cancellation', by: '`notifications/cancelled`; 2026-07-28: the stream is closed', ...everywhere },
  { feature: 'sampling', by: 'a request to the client; 2026-07-28: `input_required`', ...everywhere },
  { feature: 'elicitation by form', by: 'a request to the client; 2026-07-28: `input_required`', ...everywhere },
  { feature: 'elicitation by URL', by: 'a request to the client; 2026-07-28: `input_required`', ...everywhere },
  { feature: 'roots', by: 'a request to the client; 2026-07-28: `input_required`', ...everywhere },
  { feature: 'ping', by: '`ping`', legacy: works, modern: { single: noPing, aggregated: noPing } },
] as const satisfies readonly Row[]

export type Feature = (typeof rows)[number]['feature']
