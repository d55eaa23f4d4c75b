import { problems, refuse } from '../../../problems.ts'
import { isMembers, membersOf } from '../stdio/message.ts'
import { excessOf } from '../structure.ts'
import type { Fetch } from './inner-fetch.ts'

/**
 * Where the answer to a call is JSON that answers another call, or that no client reads, the call is answered with an
 * error: the SDK drops such a message, and the caller would wait for a day.
 */
export const answered =
  (ask: Fetch): Fetch =>
  async (url, init) => {
    const response = await ask(url, init)
    const { id, method } = membersOf(typeof init?.body === 'string' ? JSON.parse(init.body) : null)
    const isJson = /^application\/json\b/i.test(response.headers.get('content-type') ?? '')
    if (!response.ok || !isJson || id === undefined || method === undefined) return response
    const bytes = Buffer.from(await response.arrayBuffer())
    const { status, headers } = response
    if (excessOf(bytes, readable) === null && isAnswerTo(id, bytes)) return new Response(bytes, { status, headers })
    return Response.json({ jsonrpc: '2.0', id, error: noAnswer })
  }

const readable = { depth: 512, members: Number.POSITIVE_INFINITY, values: Number.POSITIVE_INFINITY }

function isAnswerTo(id: unknown, bytes: Buffer): boolean {
  try {
    const said = membersOf(JSON.parse(bytes.toString('utf8')))
    return said['id'] === id && (isMembers(said['result']) || isMembers(said['error']))
  } catch {
    return false
  }
}

const { problem } = refuse('upstream_unreachable', { detail: 'What the MCP server said is no answer to the call.' })
const noAnswer = { code: problems.upstream_unreachable.rpc, message: problem.detail, data: { code: problem.code } }
