import type { AccessKind, NewAccessRequest } from '../../src/access-requests/schema.ts'
import type { UrlState } from '../ui/useUrl.ts'

export const askedKinds: readonly AccessKind[] = ['server', 'tool', 'provider', 'model', 'budget']

export type Asking = {
  readonly kind: AccessKind
  /** Of each kind its own, so that a look at another kind loses nothing. */
  readonly named: Readonly<Record<AccessKind, string>>
  readonly usd: string
  readonly key: string | null
  readonly reason: string
}

/** The address may say what is asked for, in the words of REST: `?ask=1&server=wiki&key=key_…`. */
export function askingFrom(search: UrlState): Asking {
  const kind = askedKinds.find((each) => search[each]) ?? 'server'
  return {
    kind,
    named: {
      server: search['server'] ?? '',
      tool: search['tool'] ?? '',
      provider: search['provider'] ?? '',
      model: search['model'] ?? '',
      budget: search['budget'] ?? '',
    },
    usd: search['usd'] ?? '',
    key: search['key'] ?? null,
    reason: search['reason'] ?? '',
  }
}

export const bodyOf = ({ kind, named, usd, key, reason }: Asking): NewAccessRequest => {
  const name = named[kind].trim()
  const subject = kind === 'budget' ? { budget: { usd, ...(name === '' ? {} : { id: name }) } } : { [kind]: name }
  return { ...subject, reason, ...(key === null ? {} : { key }) }
}

export const isComplete = ({ kind, named, usd, reason }: Asking): boolean =>
  reason.trim() !== '' && (kind === 'budget' ? usd !== '' : named[kind].trim() !== '')

/** What a prefilled form leaves behind in the address when it is closed. */
export const noAsking = {
  ask: '',
  server: '',
  tool: '',
  provider: '',
  model: '',
  budget: '',
  usd: '',
  key: '',
  reason: '',
} as const
