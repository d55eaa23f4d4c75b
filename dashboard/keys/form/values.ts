import type { Period } from '../../../src/budgets/schema.ts'
import type { Choice, expiryPresets, KeyView, NewKey, OwnerType } from '../../../src/keys/schema.ts'
import type { Detached, KeyLimitsInput } from '../../../src/limits/schema.ts'
import { itemsOf } from './choices.ts'

/** What the form holds, and how it comes to hold a key or a template. Everything here is pure. */

export type Preset = (typeof expiryPresets)[number]
/** What a field for numbers holds: nothing, or a number that is being typed. */
export type Amount = number | string
export type BudgetValues = { readonly usd: string; readonly period: Period; readonly thresholds: string }
type ListRule = 'only' | 'except' | 'none'

export type KeyValues = {
  readonly name: string
  readonly description: string
  readonly kind: 'key' | 'url'
  readonly ownerType: 'me' | OwnerType
  readonly ownerId: string | null
  readonly active: boolean
  readonly expires: Preset | 'date'
  /** As the browser's field writes it, in the viewer's own zone. */
  readonly expiresOn: string
  readonly requestsPerMinute: Amount
  readonly tokensPerMinute: Amount
  readonly concurrent: Amount
  readonly streams: Amount
  readonly detached: Detached
  readonly budgets: readonly BudgetValues[]
  readonly ephemeral: boolean
  readonly ttlSeconds: Amount
  readonly llm: boolean
  readonly providers: Choice
  /** `only` with an empty list is no restriction. */
  readonly modelRule: ListRule
  readonly models: readonly string[]
  readonly addressRule: 'listed' | 'none'
  readonly addresses: readonly string[]
  readonly metadata: string
  readonly gatewayRule: Choice['mode']
  readonly gateways: readonly string[]
  readonly tags: readonly string[]
  readonly freshness: Amount
  readonly rotates: boolean
  readonly everyDays: Amount
  readonly deliverTo: string | null
  readonly graceSeconds: Amount
  readonly honey: boolean
  readonly pinNetwork: boolean
  readonly projects: readonly string[]
  readonly mixedEnvironments: string
  readonly allServersReason: string
  readonly mcp: boolean
  /** Null: nobody has said it, and nobody may guess it. */
  readonly access: Choice['mode'] | null
  /** Two lists: what was allowed must not become what is denied by another word above it. */
  readonly allowed: readonly string[]
  readonly denied: readonly string[]
  readonly tools: Readonly<Record<string, Choice>>
  readonly toolsDefault: Choice
}

const all = { mode: 'all' } as const
export const noBudget: BudgetValues = { usd: '', period: 'month', thresholds: '' }

/** A key that has every model and no server. */
export const blankValues: KeyValues = {
  name: '',
  description: '',
  kind: 'key',
  ownerType: 'me',
  ownerId: null,
  active: true,
  expires: 'never',
  expiresOn: '',
  requestsPerMinute: '',
  tokensPerMinute: '',
  concurrent: '',
  streams: 100,
  detached: 'share',
  budgets: [noBudget],
  ephemeral: false,
  ttlSeconds: 3600,
  llm: true,
  providers: all,
  modelRule: 'only',
  models: [],
  addressRule: 'listed',
  addresses: [],
  metadata: '',
  gatewayRule: 'all',
  gateways: [],
  tags: [],
  freshness: '',
  rotates: false,
  everyDays: 90,
  deliverTo: null,
  graceSeconds: 86_400,
  honey: false,
  pinNetwork: false,
  projects: [],
  mixedEnvironments: '',
  allServersReason: '',
  mcp: false,
  access: null,
  allowed: [],
  denied: [],
  tools: {},
  toolsDefault: all,
}

const localMinute = (iso: string): string => {
  const at = new Date(iso)
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

const budgetValues = (budgets: NonNullable<NewKey['budgets']>): BudgetValues[] =>
  budgets.length === 0
    ? [noBudget]
    : budgets.map(({ usd, period = 'total', thresholds = [] }) => ({
        usd,
        period,
        thresholds: typeof thresholds === 'string' ? thresholds : thresholds.join(', '),
      }))

const modelValues = (choice: Choice): Pick<KeyValues, 'modelRule' | 'models'> => {
  const models = itemsOf(choice)
  if (choice.mode === 'all') return { modelRule: 'only', models }
  return { modelRule: choice.mode === 'only' && models.length === 0 ? 'none' : choice.mode, models }
}

function mcpValues({ enabled, servers, tools, toolsDefault }: KeyView['mcp']): Partial<KeyValues> {
  const access = !enabled && servers.mode === 'none' ? null : servers.mode
  const list = [...itemsOf(servers)]
  const lists = access === 'except' ? { allowed: [], denied: list } : { allowed: list, denied: [] }
  return { mcp: enabled, access, ...lists, tools, toolsDefault }
}

/** A body for `POST /keys` (a template's) as the form shows it; what it does not say is denied. */
export function valuesOfNewKey(key: NewKey): KeyValues {
  const { name, description = '', mcp, llm, limits, budgets, expiresIn, expiresAt, tags = [], projects } = key
  const none: Choice = { mode: 'none' }
  return {
    ...blankValues,
    name,
    description,
    tags,
    ...(projects === undefined ? {} : { projects }),
    ...(mcp === undefined
      ? {}
      : mcpValues({
          enabled: mcp.enabled ?? true,
          servers: mcp.servers ?? none,
          tools: mcp.tools ?? {},
          toolsDefault: mcp.toolsDefault ?? all,
        })),
    llm: llm !== undefined && llm.enabled !== false,
    ...(llm === undefined ? {} : { providers: llm.providers ?? none, ...modelValues(llm.models ?? all) }),
    ...(limits === undefined ? {} : limitValues(limits)),
    ...(budgets === undefined ? {} : { budgets: budgetValues(budgets) }),
    ...(expiresIn === undefined ? {} : { expires: expiresIn }),
    ...(expiresAt == null ? {} : { expires: 'date', expiresOn: localMinute(expiresAt) }),
    freshness: key.maxStalenessSeconds ?? '',
  }
}

const limitValues = ({
  requestsPerMinute,
  tokensPerMinute,
  concurrent,
  streams,
  detached = 'share',
}: KeyLimitsInput) => ({
  requestsPerMinute: requestsPerMinute ?? '',
  tokensPerMinute: tokensPerMinute ?? '',
  concurrent: concurrent ?? '',
  // Missing is the default, null is no limit.
  streams: streams === undefined ? blankValues.streams : (streams ?? ''),
  detached,
})

const pretty = (metadata: KeyView['metadata']): string =>
  Object.keys(metadata).length === 0 ? '' : JSON.stringify(metadata, null, 2)

/** A key as the form shows it for a change. */
export function valuesOfKey(key: KeyView): KeyValues {
  const { addresses, rotation } = key
  const cidrs = addresses.mode === 'only' ? addresses.cidrs : []
  return {
    ...blankValues,
    name: key.name,
    description: key.description,
    kind: key.kind,
    ownerType: key.owner.type,
    ownerId: key.owner.id,
    active: key.status !== 'inactive',
    ...(key.expiresAt === null ? {} : { expires: 'date', expiresOn: localMinute(key.expiresAt) }),
    ...limitValues(key.limits),
    budgets: budgetValues(key.budgets),
    ephemeral: key.ephemeral,
    llm: key.llm.enabled,
    providers: key.llm.providers,
    ...modelValues(key.llm.models),
    addressRule: addresses.mode === 'only' && cidrs.length === 0 ? 'none' : 'listed',
    addresses: cidrs,
    metadata: pretty(key.metadata),
    gatewayRule: key.gateways.mode,
    gateways: itemsOf(key.gateways),
    tags: key.tags,
    freshness: key.maxStalenessSeconds,
    ...(rotation === null ? {} : { rotates: true, ...rotation }),
    honey: key.honey,
    pinNetwork: key.pinNetwork,
    projects: key.projects,
    mixedEnvironments: key.mixedEnvironments ?? '',
    allServersReason: key.allServersReason ?? '',
    ...mcpValues(key.mcp),
  }
}
