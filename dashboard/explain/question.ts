import type { ExplainInput } from '../../src/access/schema.ts'
import type { UrlState } from '../ui/useUrl.ts'

/** What is asked, as it stands in the address of the page: a question can be sent to somebody. */
const fieldNames = [
  'key',
  'kind',
  'server',
  'tool',
  'method',
  'provider',
  'model',
  'address',
  'gateway',
  'child',
  'at',
] as const
export type Fields = Readonly<Record<(typeof fieldNames)[number], string>>

export function fieldsIn(url: UrlState): Fields {
  const of = (name: (typeof fieldNames)[number]) => url[name] ?? ''
  const isLlm = of('kind') === 'llm' || (of('server') === '' && (of('model') !== '' || of('provider') !== ''))
  return {
    key: of('key'),
    kind: isLlm ? 'llm' : 'mcp',
    server: of('server'),
    tool: of('tool'),
    method: of('method'),
    provider: of('provider'),
    model: of('model'),
    address: of('address'),
    gateway: of('gateway'),
    child: of('child'),
    at: of('at'),
  }
}

/** Null: something is missing without which there is no question. */
export function inputOf({ key, child, kind, address, gateway, at, ...call }: Fields): ExplainInput | null {
  if (key === '' && child === '') return null
  if ((kind === 'llm' ? call.model : call.server) === '') return null
  return {
    ...given({ key, child, address, gateway, at }),
    call:
      kind === 'llm'
        ? { kind, model: call.model, ...given({ provider: call.provider }) }
        : { kind: 'mcp', server: call.server, ...given({ tool: call.tool, method: call.method }) },
  }
}

const given = <Name extends string>(fields: Readonly<Record<Name, string>>): Partial<Record<Name, string>> => {
  const set: Partial<Record<Name, string>> = {}
  for (const name in fields) if (fields[name] !== '') set[name] = fields[name]
  return set
}
