import type { ServerView } from '../../src/servers/schema.ts'

/** What MCP servers and LLM providers have in common: both stand behind the gateways. */
export type UpstreamProps = {
  readonly kind: 'servers' | 'providers'
  readonly of: Pick<ServerView, 'id' | 'name' | 'slug' | 'revision' | 'managedBy' | 'checkedAt' | 'lastError'>
}
