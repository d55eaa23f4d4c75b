import { rpcRefusal } from '../../src/gateway/mcp/answer.ts'
import { problemJson } from '../../src/http/problem-json.ts'
import { type Entry, type Problem, type ProblemCode, problems } from '../../src/problems.ts'
import { type Advice, advice } from './errors.data.ts'
import { table } from './markdown.ts'

/** docs/errors.md: the catalogue of src/problems.ts with what to do about each of its codes. */
export function errorsPage(): string {
  const sections = groups.map(({ where, title, text }) => {
    const rows = codes.filter((code) => advice[code].where === where).map(row)
    return `## ${title}\n\n${text}\n\n${table(['code', 'status', 'JSON-RPC', 'fault', 'meaning', 'what to do'], rows)}`
  })
  return `${introduction()}\n${sections.join('\n')}`
}

const codes = Object.keys(problems).filter((code): code is ProblemCode => Object.hasOwn(problems, code))

const groups: readonly { where: Advice['where']; title: string; text: string }[] = [
  { where: 'both', title: 'Both planes', text: 'Control and gateways answer these.' },
  { where: 'control', title: 'Control', text: 'REST under `/api/v1`, and the feed of the gateways.' },
  { where: 'gateway', title: 'Gateway', text: '`/mcp-connect/{server}` and `/api/me`.' },
  {
    where: 'nobody yet',
    title: 'Reserved',
    text: 'In the catalogue, so that their names stay free. No call is answered with them.',
  },
]

const faults: Readonly<Record<Entry['blame'], string>> = { caller: 'caller', us: 'Ostiary', upstream: 'MCP server' }

function row(code: ProblemCode): string[] {
  const entry: Entry = problems[code]
  const status = code === 'key_kind' ? '403 on control, 401 on a gateway' : String(entry.status)
  const rpc = entry.rpc === undefined || advice[code].where === 'control' ? '–' : String(entry.rpc)
  const { means, todo } = advice[code]
  return [`\`${code}\``, status, rpc, faults[entry.blame], `**${entry.title}.** ${means}`, todo]
}

/** Any refusal with something in each place. */
const sample: Problem = {
  code: 'server_not_allowed',
  detail: problems.server_not_allowed.title,
  data: { rule: 'key.mcp.servers' },
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
