import { parseNetwork } from '../../keys/network.ts'
import type { AddressRule, Choice, Scope } from '../../keys/schema.ts'
import type { Problem } from '../../problems.ts'
import { coversNetwork } from '../addresses.ts'
import { admits, admitsTool } from '../choice.ts'
import { toolsOf } from '../tools.ts'
import { narrowedTools } from './cuts.ts'
import type { Narrow } from './schema.ts'

export type Failure = NonNullable<Problem['errors']>[number]
/** The key, and the children that the new one descends from. */
export type Parents = { readonly scope: Scope; readonly narrows: readonly Narrow[] }

/**
 * Where a narrowing names what its parents do not admit. It would have no effect, since each of them is asked with every
 * call; whoever says it has something else in mind, and is told. Pure; `narrow` holds ids.
 */
export function beyond(narrow: Narrow, parents: Parents): Failure[] {
  return [...beyondMcp(narrow, parents), ...beyondLlm(narrow, parents), ...beyondAddresses(narrow, parents)]
}

type Admits = typeof admits

/** Pointers below `at` to what `choice` admits and `parent` does not; an item of what is left out is named at the choice. */
export function wider(choice: Choice, parent: Choice, at: string, may: Admits = admits): Failure[] {
  switch (choice.mode) {
    case 'none':
      return []
    case 'only':
      return choice.items.flatMap((item, i) =>
        may(parent, item) ? [] : [{ pointer: `${at}/items/${i}`, detail: notAdmitted }],
      )
    case 'all':
      return parent.mode === 'all' ? [] : [{ pointer: at, detail: `says "all", and the parent does not` }]
    case 'except': {
      if (parent.mode === 'all') return []
      if (parent.mode !== 'except') return [{ pointer: at, detail: 'leaves out some, and the parent admits but few' }]
      const missing = parent.items.filter((item) => may(choice, item))
      return missing.length === 0 ? [] : [{ pointer: at, detail: 'must leave out all that the parent leaves out' }]
    }
  }
}

const notAdmitted = 'the parent does not admit it'

/** What each parent says of it; one that says nothing cuts nothing. */
const said = <T>(parents: Parents, ofKey: T, of: (narrow: Narrow) => T | null | undefined): T[] => [
  ofKey,
  ...parents.narrows.flatMap((narrow) => of(narrow) ?? []),
]

function beyondMcp({ mcp }: Narrow, parents: Parents): Failure[] {
  if (mcp === undefined) return []
  const servers = said(parents, parents.scope.mcp.servers, ({ mcp: above }) => above?.servers)
  return [
    ...switchedOn('mcp', mcp.enabled, parents),
    ...servers.flatMap((above) => (mcp.servers ? wider(mcp.servers, above, '/mcp/servers') : [])),
    ...Object.entries(mcp.tools ?? {}).flatMap(([server, choice]) => {
      const pointer = `/mcp/tools/${server}`
      const own = mcp.servers ? [...servers, mcp.servers] : servers
      if (!own.every((above) => admits(above, server))) return [{ pointer, detail: notAdmitted }]
      const tools = said(parents, toolsOf(parents.scope.mcp, server), (above) => narrowedTools(above, server))
      return tools.flatMap((above) => wider(choice, above, pointer, admitsTool))
    }),
  ]
}

function beyondLlm({ llm }: Narrow, parents: Parents): Failure[] {
  if (llm === undefined) return []
  const { providers, models } = parents.scope.llm
  return [
    ...switchedOn('llm', llm.enabled, parents),
    ...said(parents, providers, (above) => above.llm?.providers).flatMap((above) =>
      llm.providers ? wider(llm.providers, above, '/llm/providers') : [],
    ),
    ...said(parents, models, (above) => above.llm?.models).flatMap((above) =>
      llm.models ? wider(llm.models, above, '/llm/models') : [],
    ),
  ]
}

function switchedOn(kind: 'mcp' | 'llm', isOn: boolean | undefined, { scope, narrows }: Parents): Failure[] {
  const isOff = !scope[kind].enabled || narrows.some((above) => above[kind]?.enabled === false)
  return isOn && isOff ? [{ pointer: `/${kind}/enabled`, detail: 'is switched off for the parent' }] : []
}

function beyondAddresses({ addresses }: Narrow, parents: Parents): Failure[] {
  if (addresses === undefined) return []
  return said<AddressRule>(parents, parents.scope.addresses, (above) => above.addresses).flatMap((above) => {
    if (above.mode === 'any') return []
    if (addresses.mode === 'any') return [{ pointer: '/addresses', detail: 'the parent has a list of addresses' }]
    return addresses.cidrs.flatMap((cidr, i) => {
      const network = parseNetwork(cidr)
      const isInside = network !== null && coversNetwork(above, network)
      return isInside ? [] : [{ pointer: `/addresses/cidrs/${i}`, detail: 'is not within a network of the parent' }]
    })
  })
}
