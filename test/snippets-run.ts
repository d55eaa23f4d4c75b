import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client as ClientV2, StreamableHTTPClientTransport as HttpV2 } from '@modelcontextprotocol/client'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Era } from './mcp-clients.ts'
import { nodeEnvironment, root } from './programs.ts'

/** Whoever follows a snippet: a folder of his own, a home without settings, and the programs that it names. */
export type Desk = {
  readonly folder: string
  readonly env: (more?: Record<string, string>) => Record<string, string>
  readonly clear: () => Promise<void>
}

/** `npx -y NAME` runs what is installed here, so that no test downloads anything. */
const npx = `#!/bin/sh
[ "$1" = -y ] && shift
name="$1"
shift
case "$name" in
  mcp-remote) set -- node_modules/.bin/mcp-remote "$@" ;;
  @modelcontextprotocol/inspector) set -- node_modules/.bin/mcp-inspector "$@" ;;
  *) echo "no $name here" >&2; exit 127 ;;
esac
script="$1"
shift
exec "${process.execPath}" "${root}$script" "$@"
`

export async function openDesk(): Promise<Desk> {
  const folder = await mkdtemp(join(tmpdir(), 'ostiary-desk-'))
  const programs = join(folder, 'bin')
  await mkdir(programs)
  await writeFile(join(programs, 'npx'), npx)
  await chmod(join(programs, 'npx'), 0o755)
  const known = Object.entries(nodeEnvironment()).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  )
  const base = Object.fromEntries(known)
  return {
    folder,
    env: (more = {}) => ({
      ...base,
      PATH: `${programs}:${base['PATH']}`,
      HOME: folder,
      MCP_REMOTE_CONFIG_DIR: join(folder, 'mcp-remote'),
      ...more,
    }),
    clear: () => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  }
}

export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string }

/** Pastes a command into a shell. */
export const shell = (desk: Desk, text: string, more: Record<string, string>): Promise<Ran> =>
  promisify(execFile)('sh', ['-c', text], { cwd: desk.folder, env: desk.env(more), timeout: 60_000 }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code?: number; stdout?: string; stderr?: string }) => ({
      code: error.code ?? -1,
      stdout: error.stdout ?? '',
      stderr: error.stderr ?? '',
    }),
  )

/** What a client has found: the same by every way, or something is wrong with one of them. */
export type Findings = { readonly tools: readonly string[]; readonly echo: unknown }

const self = { name: 'ostiary-test', version: '1.0.0' }

async function findings(client: ClientV1 | ClientV2, echo: string): Promise<Findings> {
  try {
    const tools = (await client.listTools()).tools.map(({ name }) => name)
    return { tools, echo: (await client.callTool({ name: echo, arguments: { message: 'hi' } })).content }
  } finally {
    await client.close()
  }
}

/** A command that speaks JSON lines, started as a client would: it hands on nothing but what it is told to. */
export async function overStdio(
  desk: Desk,
  { command, args, env }: { readonly command: string; readonly args: string[]; readonly env: Record<string, string> },
  echo: string,
): Promise<Findings> {
  const client = new ClientV1(self)
  await client.connect(
    new StdioClientTransport({ command, args, env: desk.env(env), cwd: desk.folder, stderr: 'ignore' }),
  )
  return findings(client, echo)
}

export type Entry = { readonly url: string; readonly headers?: Record<string, string> }
export type Sdk = 'v1' | Era

/** What a client that is built on one of the official SDKs does with its entry. */
export async function overHttp({ url, headers = {} }: Entry, sdk: Sdk, echo: string): Promise<Findings> {
  const options = { requestInit: { headers } }
  if (sdk === 'v1') {
    const client = new ClientV1(self)
    const transport = new HttpV1(new URL(url), options)
    // The SDK's own transport does not satisfy its own interface under exactOptionalPropertyTypes.
    await client.connect(transport as Parameters<typeof client.connect>[0])
    return findings(client, echo)
  }
  const mode = sdk === 'pinned' ? ({ pin: '2026-07-28' } as const) : sdk
  const client = new ClientV2(self, { versionNegotiation: { mode } })
  await client.connect(new HttpV2(new URL(url), options))
  return findings(client, echo)
}

/** Puts values where a client puts them: `${NAME}`, `${env:NAME}`, `${input:name}`. */
export const expanded = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replace(/\$\{(?:env:|input:)?([A-Za-z_-]+)\}/g, (whole, name) => values[name] ?? whole)
