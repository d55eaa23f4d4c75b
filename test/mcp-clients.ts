import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Client as ClientV2, StreamableHTTPClientTransport as HttpV2 } from '@modelcontextprotocol/client'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { nodeEnvironment, root } from './programs.ts'

/** What our tests ask of an official client, whichever it is. */
export type McpClient = {
  readonly tools: () => Promise<string[]>
  readonly callText: (name: string, args: Record<string, unknown>) => Promise<string>
  readonly close: () => Promise<void>
}
export type Era = 'legacy' | 'auto' | 'pinned'

const self = { name: 'ostiary-test', version: '1.0.0' }
export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>
const bearer = (key: string, send?: Fetch) => ({
  requestInit: { headers: { authorization: `Bearer ${key}` } },
  ...(send === undefined ? {} : { fetch: send }),
})
const textOf = (content: unknown): string =>
  Array.isArray(content) ? content.map((part: { text?: string }) => part.text ?? '').join('') : ''

export async function connectV1(url: string, key: string, send?: Fetch): Promise<McpClient> {
  const client = new ClientV1(self)
  const transport = new HttpV1(new URL(url), bearer(key, send))
  // The SDK's own transport does not satisfy its own interface under exactOptionalPropertyTypes.
  await client.connect(transport as Parameters<typeof client.connect>[0])
  return {
    tools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    callText: async (name, args) => textOf((await client.callTool({ name, arguments: args })).content),
    close: () => client.close(),
  }
}

export async function connectV2(url: string, key: string, era: Era, send?: Fetch): Promise<McpClient> {
  const mode = era === 'pinned' ? ({ pin: '2026-07-28' } as const) : era
  const client = new ClientV2(self, { versionNegotiation: { mode } })
  await client.connect(new HttpV2(new URL(url), bearer(key, send)))
  return {
    tools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    callText: async (name, args) => textOf((await client.callTool({ name, arguments: args })).content),
    close: () => client.close(),
  }
}

export type InspectorRun = { readonly code: number; readonly stdout: string; readonly stderr: string }

/** The Inspector's command line, as its documentation shows it for a URL with a header. */
export async function inspect(url: string, key: string, ...args: string[]): Promise<InspectorRun> {
  const cli = `${root}node_modules/.bin/mcp-inspector`
  const all = [
    '--cli',
    url,
    '--transport',
    'http',
    '--header',
    `Authorization: Bearer ${key}`,
    '--format',
    'json',
    ...args,
  ]
  // Its catalogue would be written to the user's home; without stored sign-ins a 401 is an exit code, not a browser.
  const env = nodeEnvironment({ MCP_CATALOG_PATH: `${process.env['TMPDIR'] ?? '/tmp'}/ostiary-inspector-catalog.json` })
  return promisify(execFile)(process.execPath, [cli, ...all], { cwd: root, env, timeout: 60_000 }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code?: number; stdout?: string; stderr?: string }) => ({
      code: error.code ?? -1,
      stdout: error.stdout ?? '',
      stderr: error.stderr ?? '',
    }),
  )
}
