import type { CallRecord, Tokens } from '../fleet/records/schema.ts'

/**
 * A record as the log can keep it. A gateway may lie or be wrong: what no store takes, what would push a call to the end
 * of time, and numbers that would make every sum inexact for good are cut here. Null: it names nobody.
 */
export function soundRecord(record: CallRecord, now: number): CallRecord | null {
  if (!organizationForm.test(record.organization) || !keyForm.test(record.key)) return null
  return {
    ...record,
    id: storable(record.id),
    at: Math.max(0, Math.min(record.at, now)),
    keyName: storable(record.keyName),
    version: Math.min(record.version, highestVersion),
    child: storableOrNull(record.child),
    owner: storable(record.owner),
    metadata: objectIn(record.metadata) ?? '{}',
    client: storable(record.client),
    address: storable(record.address),
    project: storableOrNull(record.project),
    server: storableOrNull(record.server),
    tool: storableOrNull(record.tool),
    provider: storableOrNull(record.provider),
    model: storableOrNull(record.model),
    method: storableOrNull(record.method),
    status: isStatus(record.status) ? record.status : 0,
    code: storableOrNull(record.code),
    rule: storableOrNull(record.rule),
    tokens: record.tokens && soundTokens(record.tokens),
    cost: record.cost === null ? null : Math.min(record.cost, mostNano),
    price: record.price === null ? null : objectIn(record.price),
    latencyMs: Math.round(Math.min(record.latencyMs, mostMs)),
    firstByteMs: record.firstByteMs === null ? null : Math.round(Math.min(record.firstByteMs, mostMs)),
  }
}

const organizationForm = /^org_[0-9A-Za-z]{16}$/
const keyForm = /^key_[0-9A-Za-z]{16}$/
/** What stores take for one. */
const highestVersion = 2 ** 31 - 1
/** 10,000 USD for one call, and more tokens and time than any has. */
const mostNano = 10_000 * 1e9
const mostTokens = 1e9
const mostMs = 7 * 86_400_000

const isStatus = (status: number): boolean => status >= 100 && status <= 599

const soundTokens = (tokens: Tokens): Tokens => ({
  input: Math.min(tokens.input, mostTokens),
  output: Math.min(tokens.output, mostTokens),
  cached: Math.min(tokens.cached, mostTokens),
  cacheWrite: Math.min(tokens.cacheWrite, mostTokens),
  reasoning: Math.min(tokens.reasoning, mostTokens),
})

/** PostgreSQL stores no NUL and no half of a pair. */
const storable = (text: string): string => text.replaceAll('\0', '').toWellFormed()
const storableOrNull = (text: string | null): string | null => (text === null ? null : storable(text))

/** One object, in one spelling: filters look for its members as text. */
function objectIn(text: string): string | null {
  try {
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    const spelled = isObject ? JSON.stringify(value) : ''
    // JSON writes NUL and broken pairs as escapes, which are plain text here and would be none when they are read.
    return isObject && !/\\u(0000|d[89a-f])/i.test(spelled) ? spelled : null
  } catch {
    return null
  }
}
