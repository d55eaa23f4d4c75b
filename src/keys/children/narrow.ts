import type { Narrow } from '../../access/narrow/schema.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { parseNetwork } from '../network.ts'
import type { Choice, Scope, ToolChoices } from '../schema.ts'
import { eachOnce, type Facts, type Failure } from '../scope.ts'

export type Parents = { readonly scope: Scope; readonly narrows: readonly Narrow[] }
/** What of a narrowing its parents do not admit: `beyond` of access/narrow/within.ts, which stands above keys. */
export type Beyond = (narrow: Narrow, parents: Parents) => readonly Failure[]

/** Bytes of its JSON: a token holds less, and each name is looked up. */
const longestNarrow = 16_384

/** Before anything of it is looked up. */
export const refuseLong = (narrow: Narrow): ReturnType<typeof refuse> | null =>
  JSON.stringify(narrow).length <= longestNarrow
    ? null
    : refuse('child_too_large', { detail: 'The narrowing names more than any token can hold. Name fewer things.' })

type Names = Pick<Facts, 'servers' | 'providers'>

/** Pure: names become ids, and what cannot be is told where it was said. */
export function planNarrow(input: Narrow, names: Names, parents: Parents, beyond: Beyond): Result<Narrow> {
  const failures: Failure[] = []
  const asked = new Map<string, string>()
  const narrow = withIds(input, names, failures, asked)
  if (failures.length === 0)
    for (const { pointer, detail } of beyond(narrow, parents))
      failures.push({ pointer: asSaid(pointer, asked), detail })
  if (failures.length === 0) return ok(tidied(narrow))
  const errors = failures.slice(0, 100).map(({ pointer, detail }) => ({ pointer: `/narrow${pointer}`, detail }))
  return refuse('invalid', { detail: 'The narrowing does not fit the key; see errors.', errors })
}

/** Items stay where they were said, so that a pointer to one leads there. */
function withIds(
  { mcp, llm, addresses }: Narrow,
  names: Names,
  failures: Failure[],
  asked: Map<string, string>,
): Narrow {
  const ids = (choice: Choice, of: keyof Names, pointer: string, what: string): Choice =>
    choice.mode !== 'only' && choice.mode !== 'except'
      ? choice
      : {
          mode: choice.mode,
          items: choice.items.map((item, i) => {
            const id = names[of].get(item)?.id
            if (id === undefined)
              failures.push({ pointer: `${pointer}/items/${i}`, detail: `there is no such ${what}` })
            return id ?? item
          }),
        }
  for (const [i, cidr] of (addresses?.mode === 'only' ? addresses.cidrs : []).entries())
    if (parseNetwork(cidr) === null)
      failures.push({
        pointer: `/addresses/cidrs/${i}`,
        detail: 'must be an address or a CIDR block such as 10.0.0.0/8',
      })
  return {
    ...(mcp && {
      mcp: {
        ...mcp,
        ...(mcp.servers && { servers: ids(mcp.servers, 'servers', '/mcp/servers', 'server') }),
        ...(mcp.tools && { tools: toolsById(mcp.tools, names, failures, asked) }),
      },
    }),
    ...(llm && {
      llm: {
        ...llm,
        ...(llm.providers && { providers: ids(llm.providers, 'providers', '/llm/providers', 'provider') }),
      },
    }),
    ...(addresses && { addresses }),
  }
}

function toolsById(tools: ToolChoices, names: Names, failures: Failure[], asked: Map<string, string>): ToolChoices {
  const byId = new Map<string, Choice>()
  for (const [name, choice] of Object.entries(tools)) {
    const pointer = `/mcp/tools/${escaped(name)}`
    const id = names.servers.get(name)?.id
    if (id === undefined) failures.push({ pointer, detail: 'there is no such server' })
    else if (byId.has(id)) failures.push({ pointer, detail: 'this server has an entry already, under its other name' })
    else {
      byId.set(id, choice)
      asked.set(id, name)
    }
  }
  return Object.fromEntries(byId)
}

/** RFC 6901 §3. */
const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')

const asSaid = (pointer: string, asked: ReadonlyMap<string, string>): string =>
  pointer.replace(/^\/mcp\/tools\/([^/]+)/, (whole, id: string) => {
    const name = asked.get(id)
    return name === undefined ? whole : `/mcp/tools/${escaped(name)}`
  })

const tidied = ({ mcp, llm, addresses }: Narrow): Narrow => ({
  ...(mcp && {
    mcp: {
      ...mcp,
      ...(mcp.servers && { servers: eachOnce(mcp.servers) }),
      ...(mcp.tools && {
        tools: Object.fromEntries(Object.entries(mcp.tools).map(([id, tools]) => [id, eachOnce(tools)])),
      }),
      ...(mcp.toolsDefault && { toolsDefault: eachOnce(mcp.toolsDefault) }),
    },
  }),
  ...(llm && {
    llm: {
      ...llm,
      ...(llm.providers && { providers: eachOnce(llm.providers) }),
      ...(llm.models && { models: eachOnce(llm.models) }),
    },
  }),
  ...(addresses && {
    addresses: addresses.mode === 'any' ? addresses : { ...addresses, cidrs: [...new Set(addresses.cidrs)] },
  }),
})
