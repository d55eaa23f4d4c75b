import type { Passing } from '../upstream-headers.ts'

/**
 * What passes between a client and a provider; everything else stays here. Not the caller's credential, not his
 * organization at OpenAI, and of the provider not what it says about an account that is not the caller's.
 */
const there: ReadonlySet<string> = new Set([
  'accept',
  'anthropic-beta',
  'anthropic-version',
  'content-type',
  'idempotency-key',
  'openai-beta',
  'user-agent',
])
const back: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-language',
  'content-type',
  'date',
  'openai-processing-ms',
  'retry-after',
  'retry-after-ms',
  'x-should-retry',
])

export const passing: Passing = { there: (name) => there.has(name), back: (name) => back.has(name) }

/** Anthropic's SDK asks for beta features in the address as well. Nothing else of a caller's query goes on. */
export const queryOf = (url: string | undefined, dialect: 'openai' | 'anthropic'): string =>
  dialect === 'anthropic' && /[?&]beta=true(?:&|$)/.test(url ?? '') ? '?beta=true' : ''
