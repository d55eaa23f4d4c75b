import type { Client, ClientId } from './schema.ts'

/** The variable of each kind of key, as snippets, docs and the command line name it. */
export const variables = { key: 'OSTIARY_KEY', url: 'OSTIARY_URL_KEY' } as const

/** In the order in which they are listed. */
export const programs: readonly Omit<Client, 'file'>[] = [
  { id: 'claude-code', title: 'Claude Code', language: 'json', sendsHeaders: true },
  { id: 'claude-desktop', title: 'Claude Desktop', language: 'json', sendsHeaders: true },
  { id: 'claude-ai', title: 'Connectors of claude.ai', language: 'text', sendsHeaders: false },
  { id: 'cursor', title: 'Cursor', language: 'json', sendsHeaders: true },
  { id: 'vscode', title: 'VS Code', language: 'json', sendsHeaders: true },
  { id: 'codex', title: 'Codex', language: 'toml', sendsHeaders: true },
  { id: 'gemini-cli', title: 'Gemini CLI', language: 'json', sendsHeaders: true },
  {
    id: 'mcp-remote',
    title: 'mcp-remote, for clients that only start commands',
    language: 'shell',
    sendsHeaders: true,
  },
  { id: 'inspector', title: 'MCP Inspector', language: 'shell', sendsHeaders: true },
  { id: 'curl', title: 'curl', language: 'shell', sendsHeaders: true },
]

/** What to look at once it is in place. */
export const lastSteps: Readonly<Record<ClientId, string>> = {
  'claude-code': 'Start claude in that shell and look at /mcp.',
  'claude-desktop': 'Quit Claude Desktop and start it again; the server is in the list of connectors.',
  'claude-ai': 'Add it under Settings, Connectors, Add custom connector; leave the OAuth fields empty.',
  cursor: 'Start Cursor from that shell and look at Settings, MCP.',
  vscode: 'Run "MCP: List Servers", start the server, and give the key when VS Code asks; it keeps it encrypted.',
  codex: 'Start codex in that shell and look at /mcp.',
  'gemini-cli': 'Start gemini in that shell and look at /mcp.',
  'mcp-remote': 'Give the client this command; what it prints on stderr says whether it is connected.',
  inspector: 'It prints the list of tools; without --cli and --method the web interface opens.',
  curl: 'It prints what the server answers to initialize.',
}

export const clientNotes: Readonly<Record<ClientId, readonly string[]>> = {
  'claude-code': [
    '.mcp.json can be checked in: it names the variable and holds no key. Claude Code asks once whether to trust it.',
  ],
  'claude-desktop': [
    'Claude Desktop speaks to commands only, so mcp-remote is the bridge; it needs Node.',
    'It hands few variables on to commands, so the key has to stand in this file, or in one of its own: replace --header and the env by --header-file and the path of a file with the line x-api-key: KEY.',
  ],
  'claude-ai': [
    'Connectors send no header and come from the cloud of the vendor: the gateway must be reachable from there, over https.',
    'The whole address is a secret: whoever has it has the key.',
  ],
  cursor: ['Cursor reads the variable from the environment that it was started with.'],
  vscode: ['The key is asked for once; the file holds none and can be checked in.'],
  codex: [
    'Codex reads .codex/config.toml of a project only where it trusts that project.',
    'Codex does not put variables into addresses: with a URL key the file holds the secret.',
  ],
  'gemini-cli': ['For Gemini CLI, httpUrl is streamable HTTP; url would be the older transport.'],
  'mcp-remote': ['mcp-remote replaces the variable in the header itself, so the key is in no list of processes.'],
  inspector: ['The key is an argument of this command: other users of the machine may see it while it runs.'],
  curl: ['The key goes through a pipe: it is in no list of processes.'],
}
