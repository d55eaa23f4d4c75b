import type { Refusal } from '../../api.ts'
import type { PlainName } from '../../texts.ts'
import { metadataOf, percentsOf } from './bodies.ts'
import type { texts } from './texts.data.ts'
import type { KeyValues } from './values.ts'

/** What is wrong, at which field, and on which tab that stands. Everything here is pure. */

export const tabs = ['basic', 'advanced', 'mcp'] as const
export type Tab = (typeof tabs)[number]
/** A field of the form, or one budget of several: `budgets.0.usd`. */
type Field = keyof KeyValues | `budgets.${number}.${'usd' | 'thresholds' | 'period'}`

const advanced: readonly string[] = [
  'modelRule',
  'models',
  'addressRule',
  'addresses',
  'metadata',
  'gatewayRule',
  'gateways',
  'tags',
  'freshness',
  'concurrent',
  'streams',
  'detached',
  'rotates',
  'everyDays',
  'deliverTo',
  'graceSeconds',
  'honey',
]
const mcp: readonly string[] = [
  'projects',
  'mixedEnvironments',
  'allServersReason',
  'mcp',
  'access',
  'allowed',
  'denied',
  'tools',
  'toolsDefault',
]
export const tabOf = (field: string): Tab =>
  mcp.includes(field) ? 'mcp' : advanced.includes(field) ? 'advanced' : 'basic'

/** Where the form shows what REST calls otherwise; the longest beginning counts. */
const fields: readonly (readonly [pointer: string, field: keyof KeyValues])[] = [
  ['/owner', 'ownerId'],
  ['/expiresAt', 'expires'],
  ['/expiresIn', 'expires'],
  ['/limits/requestsPerMinute', 'requestsPerMinute'],
  ['/limits/tokensPerMinute', 'tokensPerMinute'],
  ['/limits/concurrent', 'concurrent'],
  ['/limits/streams', 'streams'],
  ['/limits/detached', 'detached'],
  ['/ephemeral/ttlSeconds', 'ttlSeconds'],
  ['/ephemeral', 'ephemeral'],
  ['/llm/models', 'models'],
  ['/llm/providers', 'providers'],
  ['/llm', 'llm'],
  ['/maxStalenessSeconds', 'freshness'],
  ['/rotation/everyDays', 'everyDays'],
  ['/rotation/deliverTo', 'deliverTo'],
  ['/rotation/graceSeconds', 'graceSeconds'],
  ['/rotation', 'rotates'],
  ['/mcp/toolsDefault', 'toolsDefault'],
  ['/mcp/tools', 'tools'],
  ['/mcp/servers/items', 'allowed'],
  ['/mcp/servers', 'access'],
  ['/mcp', 'mcp'],
  ['/name', 'name'],
  ['/description', 'description'],
  ['/kind', 'kind'],
  ['/active', 'active'],
  ['/addresses', 'addresses'],
  ['/gateways', 'gateways'],
  ['/metadata', 'metadata'],
  ['/tags', 'tags'],
  ['/pinNetwork', 'pinNetwork'],
  ['/honey', 'honey'],
  ['/projects', 'projects'],
  ['/mixedEnvironments', 'mixedEnvironments'],
  ['/allServersReason', 'allServersReason'],
]

/** Null: the form has no field for it, so the note below it says it alone. */
export function fieldOf(pointer: string, access: KeyValues['access']): Field | null {
  const budget = /^\/budgets\/(\d+)(?:\/(usd|thresholds|period))?/.exec(pointer)
  if (budget) return `budgets.${Number(budget[1])}.${budget[2] === 'thresholds' ? 'thresholds' : 'usd'}`
  const field = fields.find(([begin]) => pointer === begin || pointer.startsWith(`${begin}/`))?.[1] ?? null
  return field === 'allowed' && access === 'except' ? 'denied' : field
}

export type Faults = Readonly<Record<string, string>>

/** What a refusal says, field by field. */
export function faultsIn(refusal: Refusal | null, access: KeyValues['access']): Faults {
  const said: Record<string, string> = {}
  for (const { pointer, detail } of refusal?.errors ?? []) {
    const field = fieldOf(pointer, access)
    if (field === null) continue
    said[field] = said[field] === undefined ? detail : `${said[field]}; ${detail}`
  }
  return said
}

type TextName = PlainName<typeof texts>
/** What is known to be wrong before anybody is asked, by the name of its text. */
export function knownFaults(values: KeyValues, asksReason: boolean): Readonly<Record<string, TextName>> {
  const { name, ownerType, ownerId, expires, expiresOn, ephemeral, metadata, budgets, mcp: isMcp, access } = values
  const isReasonless = asksReason && isMcp && (access === 'all' || access === 'except')
  const money = budgets.flatMap(({ usd, thresholds }, at): [string, TextName][] => {
    if (usd.trim() === '') return []
    return [
      ...(/^\d{1,9}(\.\d{1,9})?$/.test(usd.trim()) ? [] : [[`budgets.${at}.usd`, 'budgetFault'] as [string, TextName]]),
      ...(percentsOf(thresholds) ? [] : [[`budgets.${at}.thresholds`, 'thresholdsFault'] as [string, TextName]]),
    ]
  })
  return {
    ...(name.trim() === '' ? { name: 'nameFault' } : {}),
    ...(ownerType !== 'me' && ownerId === null ? { ownerId: 'ownerFault' } : {}),
    ...(expires === 'date' && expiresOn === '' && !ephemeral ? { expiresOn: 'dateFault' } : {}),
    ...(ephemeral && ownerType === 'member' ? { ephemeral: 'ephemeralNotForOthers' } : {}),
    ...Object.fromEntries(money),
    ...(metadataOf(metadata) === null ? { metadata: 'metadataFault' } : {}),
    ...(isMcp && access === null ? { access: 'accessFault' } : {}),
    ...(isReasonless && values.allServersReason.trim() === '' ? { allServersReason: 'reasonFault' } : {}),
    ...(values.rotates && !(Number(values.everyDays) >= 1) ? { everyDays: 'daysFault' } : {}),
  }
}
