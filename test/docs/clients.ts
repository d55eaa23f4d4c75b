import { clients } from '../../src/clients/catalog.ts'
import { placesOf } from '../../src/clients/places.data.ts'
import type { Client, SnippetLanguage } from '../../src/clients/schema.ts'
import { type Asked, snippetOf } from '../../src/clients/snippets.ts'
import { code, table } from './markdown.ts'

/** docs/clients.md: every snippet as the API gives it. */
export const clientsPage = (): string =>
  `${introduction}
${table(
  ['client', 'key', 'file of a project', 'file of a user (Linux, macOS, Windows where they differ)'],
  clients.map((client) => [client.title, client.sendsHeaders ? 'header or URL' : 'URL', ...filesOf(client)]),
)}
${clients.map(section).join('\n')}
${dashboard}
${browsers}
${troubles}`

const origin = 'https://gateway.example.com'
const header: Asked = { origin, slug: 'everything', kind: 'key', name: 'everything' }
const url: Asked = { ...header, kind: 'url' }

const introduction = `# AI clients

What an AI client takes to reach the gateway. \`ostiary connect\` prints it with your addresses in it, \`ostiary connect <client> --write\` puts it into the client's file; the API has the same at \`/api/v1/clients\`.
This page is made from the same texts, and tests run them with the real programs where those can be had.

- One server: \`${origin}/mcp-connect/{slug}\`. All servers of the key as one: \`${origin}/mcp\`, tools are called \`{slug}__{tool}\` there. Both speak streamable HTTP.
- The key goes in \`Authorization: Bearer …\` or \`x-api-key\`. Clients that can send no header take a **URL key**, a kind of its own (\`ostiary keys create … --kind url\`): \`${origin}/mcp/{URL key}/{slug}\` or \`${origin}/mcp/{URL key}\`.
- No snippet holds a key: it comes from the environment variable \`OSTIARY_KEY\` (\`OSTIARY_URL_KEY\`), or the client asks for it. A key is shown once, when it is made. \`read -rs OSTIARY_KEY && export OSTIARY_KEY\` keeps it out of the history of the shell.
- \`--write\` keeps everything else in the file byte by byte and the file as it was beside it as \`.bak\`. It changes nothing in a file with comments, in one that is a symbolic link, and in one that it does not understand; it says then what to add by hand.
`

const dashboard = `## In the dashboard

*What I may use* lists the servers and providers that reach you, with their tools, whom to ask, and the catalogs or approved requests through which they do. *Connect a client* shows the same snippets as the command line, for one server or for all of a key; the secret stands in none of them.
`

function filesOf({ id }: Client): [string, string] {
  const places = placesOf[id]
  if (places === undefined) return ['-', '-']
  const { linux, darwin, win32 } = places.user
  const user = [...new Set([linux, darwin, win32])].map(code).join(', ')
  return [places.project === null ? '-' : code(places.project), user]
}

const fences: Readonly<Record<SnippetLanguage, string>> = {
  json: 'json',
  toml: 'toml',
  shell: 'sh no-run',
  text: 'text',
}

function section(client: Client): string {
  const asked = client.sendsHeaders ? header : url
  const { text, steps, notes, language } = snippetOf(client, asked)
  const said = steps.map((step, at) => `${at + 1}. ${plain(step)}`).join('\n')
  const block = `\`\`\`${fences[language]}\n${text}\`\`\``
  return `## ${client.title}\n\n\`ostiary connect ${client.id} --server everything\`\n\n${block}\n\n${said}\n\n${notes.map((note) => `- ${plain(note)}`).join('\n')}\n`
}

/** Placeholders and options are words of a program, no Markdown. */
const plain = (text: string): string => text.replace(/(\$\{[^}]+\}|--[a-z-]+|read -rs .* && export \S+)/g, '`$1`')

const browsers = `## Clients in a browser

A page may call the gateway when its origin is configured: \`OSTIARY_GATEWAY_ORIGINS=https://app.example.com\`. The preflight is then answered without a key; allowed are \`authorization\`, \`x-api-key\`, \`content-type\`, \`last-event-id\` and \`mcp-*\`,
readable are \`mcp-session-id\`, \`x-request-id\`, \`retry-after\` and \`www-authenticate\`; cookies are never asked for. The web interface of the MCP Inspector needs none of this since its version 2: its own backend calls the gateway, and the browser calls that.
`

const troubles = `## When it does not work

Each answer has \`x-request-id\`; [errors.md](errors.md) has all codes, and \`ostiary explain --key key_… --server everything\` says why a key may not.

| what you see | why | what to do |
|---|---|---|
| 401 \`key_missing\` | The client sends no key: the variable is not in the environment that it was started with. | Start it from the shell that has it. A program of the desktop does not see variables of a shell. |
| 401 \`key_invalid\` | Something is wrong in the key itself, often the placeholder stands there unreplaced, or half of it was copied. | Compare with \`ostiary keys get\`; a key that is lost is rotated. |
| 401 \`key_inactive\`, 401 \`key_expired\`, 401 \`key_revoked\` | The key is right and over. | \`ostiary keys get\`; resume, extend or replace it. |
| 401 \`key_kind\` | A header key in the address, a URL key in a header, or a management token. | Take a key of the other kind. |
| 400 \`key_in_query\` | The key stands behind a question mark. | Put it into the header, or a URL key into the path. |
| 400 \`credential_ambiguous\` | Two keys that differ, as in a header and in the address. | Leave one out. |
| the client wants to sign in by OAuth | It takes every 401 for that. | The same as for 401: it found no right key. |
| 403 \`origin_not_allowed\` | A page of an origin that is not configured. In the browser: "blocked by CORS policy". | Add the origin to \`OSTIARY_GATEWAY_ORIGINS\`. |
| 403 \`server_not_allowed\` | The key may not call this server, or there is none of that name, or, at \`/mcp\`, it may call none at all. | \`ostiary keys access\`, \`ostiary catalog\`. |
| 403 \`mcp_disabled\`, 403 \`address_not_allowed\` | The key is not for MCP, or not for this address. | \`ostiary explain\`. |
| 404 \`session_unknown\` | The session is over, or another key's: the gateway or the server was started anew, or the server has another address now. | Connect anew; most clients do so when they are restarted. |
| 404 \`not_found\` | The path is none of ours; a placeholder that nobody replaced is no URL key, either. | \`/mcp-connect/{slug}\`, \`/mcp\`, or a whole URL key behind \`/mcp/\`. |
| 421 \`host_not_allowed\` | The client calls the gateway by a name that it does not have. | Set \`OSTIARY_GATEWAY_PUBLIC_URL\`. |
| a tool is missing | The key does not have it, or its server does not answer. | \`ostiary keys access\`, \`ostiary servers get\`. |
`
