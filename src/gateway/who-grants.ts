import { type Problem, statusOf } from '../problems.ts'
import type { Keyring } from './children/keyring.ts'
import type { HeldOrganization } from './snapshot.ts'

/** Whom a refused caller asks, and where. The same for everything that he may be refused, so it tells of nothing. */
export type WhoGrants = { readonly grantedBy: string; readonly ask?: string }

type Deps = {
  readonly organization: (id: string) => HeldOrganization | null
  readonly keyring: Pick<Keyring, 'issuer'>
}

/** By the organization of the key that was proved; null: none was. Written once for each organization, not for each call. */
export function createWhoGrants({ organization, keyring }: Deps): (organizationId: string | null) => WhoGrants | null {
  const known = new WeakMap<HeldOrganization, { readonly issuer: string; readonly said: WhoGrants }>()
  return (organizationId) => {
    const held = organizationId === null ? null : organization(organizationId)
    if (held === null) return null
    const issuer = keyring.issuer()
    const last = known.get(held)
    if (last?.issuer === issuer) return last.said
    const grantedBy = `an owner or admin of ${held.record.name}`
    const said = issuer === '' ? { grantedBy } : { grantedBy, ask: `${issuer}/api/v1/access-requests` }
    known.set(held, { issuer, said })
    return said
  }
}

/** The refusal with whom to ask, if somebody could give what was missing. */
export function withGrants(problem: Problem, whoGrants: (() => WhoGrants | null) | null): Problem {
  const who = isForGranting(problem) ? whoGrants?.() : null
  return who ? { ...problem, data: { ...problem.data, ...who } } : problem
}

/** A tool is refused with 200, inside of MCP. */
function isForGranting(problem: Problem): boolean {
  const status = statusOf(problem)
  return status === 403 || status === 429 || problem.code === 'tool_not_allowed'
}
