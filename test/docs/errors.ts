import { checks } from '../../src/access/checks.ts'
import { rpcRefusal } from '../../src/gateway/mcp/answer.ts'
import { problemJson } from '../../src/http/problem-json.ts'
import { type Entry, type Problem, type ProblemCode, problems } from '../../src/problems.ts'
import { type Advice, advice } from './errors.data.ts'
import { code as inCode, table } from './markdown.ts'

/** docs/errors.md: the catalogue of src/problems.ts with what to do about each of its codes. */
export function errorsPage(): string {
  const sections = groups.map(({ where, title, text }) => {
    const rows = codes.filter((code) => advice[code].where === where).map(row)
    return `## ${title}\n\n${text}\n\n${table(['code', 'status', 'JSON-RPC', 'fault', 'meaning', 'what to do'], rows)}`
  })
  return `${introduction()}\n${sections.join('\n')}\n${order()}`
}

const codes = Object.keys(problems).filter((code): code is ProblemCode => Object.hasOwn(problems, code))

const groups: readonly { where: Advice['where']; title: string; text: string }[] = [
  { where: 'both', title: 'Both planes', text: 'Control and gateways answer these.' },
  { where: 'control', title: 'Control', text: 'REST under `/api/v1`, and the feed of the gateways.' },
  { where: 'gateway', title: 'Gateway', text: 'On every path that takes an API key: who is calling, and from where.' },
  { where: 'mcp', title: 'MCP', text: 'On `/mcp-connect/{server}`: what is being called, and what lies beyond.' },
  {
    where: 'llm',
    title: 'LLM',
    text: 'Decided already, so that `POST /access/explain` can tell; no path of a gateway leads to a provider yet.',
  },
]

const faults: Readonly<Record<Entry['blame'], string>> = { caller: 'caller', us: 'Ostiary', upstream: 'MCP server' }

function row(code: ProblemCode): string[] {
  const entry: Entry = problems[code]
  const status = statuses[code] ?? String(entry.status)
  const isRpc = entry.rpc !== undefined && !['control', 'llm'].includes(advice[code].where)
  const rpc = isRpc ? String(entry.rpc) : '–'
  const { means, todo } = advice[code]
  return [`\`${code}\``, status, rpc, faults[entry.blame], `**${entry.title}.** ${means}`, todo]
}

/** Where a code has one on each plane. */
const statuses: Readonly<Partial<Record<ProblemCode, string>>> = {
  key_kind: '403 on control, 401 on a gateway',
  environment_mixed: '422 on control, 403 on a gateway',
}

const order = (): string => `## Order of checks

Who may do what is decided in one place, for every plane and path. All of these must say yes; the first that does not gives the
code, whatever the later ones would say. A call to a provider passes those that are about servers and tools, and the other way round.
\`POST /access/explain\` answers with each of them by name.

${table(
  ['', 'check', 'asks', 'refuses with'],
  checks.map(({ name, asks, codes: given }, at) => [String(at + 1), inCode(name), asks, given.map(inCode).join(' ')]),
)}`

/** Any refusal with something in each place. */
const sample: Problem = {
  code: 'server_not_allowed',
  detail: problems.server_not_allowed.title,
  data: { rule: 'server' },
}
const requestId = 'req_0123456789abcdef'
const pretty = (body: string): string => JSON.stringify(JSON.parse(body), null, 2)

const introduction = (): string => `# Errors

Generated from \`src/problems.ts\` by \`npm run docs\`; a test compares this page with the program.

Every refusal has a code. Codes are public: none is ever renamed or used for something else. Act on the code, not on the text.
Every answer carries \`x-request-id\`; the same id is in the body of a refusal and in the log.

On control and on \`/api/me\` a refusal is problem+json (RFC 9457):

\`\`\`json
${pretty(problemJson(sample, requestId).body)}
\`\`\`

On \`/mcp-connect/…\` the same refusal has the same HTTP status and a JSON-RPC error. The code is in \`error.data.code\`, because
every implementation numbers its errors as it likes:

\`\`\`json
${pretty(rpcRefusal(sample, requestId, 7).body)}
\`\`\`

- 401 carries \`WWW-Authenticate: Bearer\`. 429 and 503 say in \`Retry-After\` when to try again.
- *fault* says who has to act. It drives alerts and is in no answer.
- Who has not proved a key's secret learns only \`key_invalid\`; the reason why a key does not work is for its holder.
- Bytes that are no HTTP request get a bare 400, 408 or 431 without a body.
- In the middle of a stream nothing can be refused any more: a stream of events ends, another body breaks off.
- A stdio server that ends during a call ends it with a JSON-RPC error \`upstream_unreachable\`: with 502, or with 200 where the
  answer had begun (sessions of the revisions before 2026-07-28 begin it at once).
`
