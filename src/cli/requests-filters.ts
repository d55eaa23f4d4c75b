import { wrongTimes } from './audit-filters.ts'
import { type Control, usage } from './control.ts'
import { ownedBy } from './owned-list.ts'
import type { Given } from './values.ts'

/** Which calls, of the log and of its sums. */
export type CallFilters = {
  readonly key?: string
  readonly owner?: string
  readonly mine?: boolean
  readonly project?: string
  readonly server?: string
  readonly tool?: string
  readonly provider?: string
  readonly model?: string
  readonly kind?: string
  readonly from?: string
  readonly to?: string
}

type Query = Readonly<Record<string, string | undefined>>

/** As control reads them; an owner may be named by e-mail address, which control is asked about. */
export const callFilters =
  ({ key, owner, mine, project, server, tool, provider, model, kind, from, to }: CallFilters) =>
  async (control: Control): Promise<Given<Query>> => {
    const wrong = wrongTimes({ from, to })
    if (wrong) return wrong
    if (kind !== undefined && kind !== 'mcp' && kind !== 'llm')
      return usage(`--kind must be mcp or llm, not "${kind}".`)
    for (const [flag, text] of Object.entries({ key, server, tool, provider, model }))
      if (text === '') return usage(`--${flag} is empty; leave it out for all.`)
    const whose = {
      ...(project === undefined ? {} : { project }),
      ...(owner === undefined ? {} : { owner }),
      ...(mine === undefined ? {} : { mine }),
    }
    const owned = await ownedBy(control, whose)
    return owned.ok
      ? { ok: true, value: { key, server, tool, provider, model, kind, from, to, ...owned.value } }
      : owned
  }
