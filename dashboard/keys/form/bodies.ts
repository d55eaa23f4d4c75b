import type { Choice, KeyPatch, NewKey } from '../../../src/keys/schema.ts'
import { admits } from './choices.ts'
import { type Amount, blankValues, type KeyValues } from './values.ts'

/** What the form says to REST. Everything here is pure. */

const all = { mode: 'all' } as const
const amountOf = (value: Amount): number | null => (value === '' ? null : Number(value))
const reasonOf = (text: string): string | null => (text.trim() === '' ? null : text.trim())
const choiceOf = (mode: Choice['mode'], items: readonly string[]): Choice =>
  mode === 'only' || mode === 'except' ? { mode, items: [...items] } : { mode }

export const serversOf = ({ access, allowed, denied }: KeyValues): Choice =>
  choiceOf(access ?? 'none', access === 'except' ? denied : allowed)

const modelsOf = ({ modelRule, models }: KeyValues): Choice =>
  modelRule !== 'none' && models.length === 0 ? all : choiceOf(modelRule, models)

/** Entries of servers that the choice does not admit are kept in the form, for a change of mind, and not sent. */
function mcpOf(values: KeyValues): NonNullable<NewKey['mcp']> {
  const { mcp: enabled, access, tools, toolsDefault } = values
  if (access === null) return { enabled }
  const servers = serversOf(values)
  const sent = Object.entries(tools).filter(([id]) => admits(servers, id))
  return { enabled, servers, tools: Object.fromEntries(sent), toolsDefault }
}

const llmOf = (values: KeyValues): NonNullable<NewKey['llm']> =>
  values.kind === 'url'
    ? { enabled: false, providers: { mode: 'none' } }
    : { enabled: values.llm, providers: values.providers, models: modelsOf(values) }

const addressesOf = ({ addressRule, addresses }: KeyValues): NonNullable<NewKey['addresses']> => {
  if (addressRule === 'none') return { mode: 'only', cidrs: [] }
  return addresses.length === 0 ? { mode: 'any' } : { mode: 'only', cidrs: [...addresses] }
}

/** Null: it is no JSON object. */
export function metadataOf(text: string): Record<string, unknown> | null {
  if (text.trim() === '') return {}
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
  } catch {
    return null
  }
}

const budgetsOf = ({ budgets }: KeyValues): NonNullable<NewKey['budgets']> =>
  budgets
    .filter(({ usd }) => usd.trim() !== '')
    .map(({ usd, period, thresholds }) => ({
      usd: usd.trim(),
      period,
      ...(thresholds.trim() === '' ? {} : { thresholds: percentsOf(thresholds) ?? [] }),
    }))

/** Null: it is no list of whole percentages. Each once, in order. */
export function percentsOf(text: string): number[] | null {
  const parts = text.split(/[\s,;]+/).filter(Boolean)
  if (!parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) >= 1 && Number(part) <= 100)) return null
  return [...new Set(parts.map(Number))].sort((one, other) => one - other)
}

const rotationOf = ({ rotates, everyDays, deliverTo, graceSeconds }: KeyValues): NewKey['rotation'] =>
  rotates ? { everyDays: Number(everyDays), deliverTo, graceSeconds: Number(graceSeconds) } : null

type End = Pick<NewKey, 'expiresAt' | 'expiresIn'>
export const endOf = ({ expires, expiresOn }: Pick<KeyValues, 'expires' | 'expiresOn'>): End => {
  if (expires !== 'date') return { expiresIn: expires }
  const at = new Date(expiresOn)
  return { expiresAt: Number.isNaN(at.getTime()) ? expiresOn : at.toISOString() }
}

/** Everything that can be said at any time of a key's life, in full. */
const settingsOf = (values: KeyValues) => ({
  name: values.name.trim(),
  description: values.description,
  projects: [...values.projects],
  mixedEnvironments: reasonOf(values.mixedEnvironments),
  allServersReason: reasonOf(values.allServersReason),
  mcp: mcpOf(values),
  llm: llmOf(values),
  addresses: addressesOf(values),
  gateways: choiceOf(values.gatewayRule, values.gateways),
  limits: {
    requestsPerMinute: amountOf(values.requestsPerMinute),
    tokensPerMinute: amountOf(values.tokensPerMinute),
    concurrent: amountOf(values.concurrent),
    streams: amountOf(values.streams),
    detached: values.detached,
  },
  budgets: budgetsOf(values),
  maxStalenessSeconds: amountOf(values.freshness),
  metadata: metadataOf(values.metadata) ?? {},
  tags: [...values.tags],
  pinNetwork: values.kind === 'url' && values.pinNetwork,
  rotation: values.ephemeral || values.honey ? null : (rotationOf(values) ?? null),
  active: values.active,
})

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

/** The members of `after` that `before` says otherwise. */
const changed = <T extends object>(before: T, after: T): Partial<T> => {
  const was = new Map(Object.entries(before))
  const differ = Object.entries(after).filter(([name, value]) => !isSame(was.get(name), value))
  return Object.fromEntries(differ) as Partial<T>
}

/**
 * The choice for servers that come later must not change those that are there: what nobody ticked for them is written
 * out as it was shown, `shown`.
 */
export function completed(values: KeyValues, present: readonly string[], shown: Choice): KeyValues {
  if (isSame(values.toolsDefault, shown)) return values
  return { ...values, tools: { ...Object.fromEntries(present.map((id) => [id, shown])), ...values.tools } }
}

/** Body of `POST /keys`. Models and projects are always said: what is not said of models is denied. */
export function newKeyOf(values: KeyValues): NewKey {
  const settings = settingsOf(values)
  const { maxStalenessSeconds, projects: _projects, ...said } = changed(settingsOf(blankValues), settings)
  const { ownerType, ownerId, kind, honey, ephemeral, ttlSeconds } = values
  const ttl = amountOf(ttlSeconds)
  return {
    ...said,
    name: settings.name,
    llm: settings.llm,
    // An app's key has the project of its app, which nobody has to name.
    ...(ownerType === 'app' ? {} : { projects: settings.projects }),
    ...(maxStalenessSeconds == null ? {} : { maxStalenessSeconds }),
    ...(kind === 'url' ? { kind } : {}),
    ...(ownerType === 'me' || ownerId === null ? {} : { owner: { type: ownerType, id: ownerId } }),
    ...(honey ? { honey } : {}),
    ...(ephemeral ? { ephemeral: ttl === null ? {} : { ttlSeconds: ttl } } : endOf(values)),
  }
}

/** Body of `PATCH /keys/{id}`: what was changed in the form and nothing else. */
export const patchOf = (before: KeyValues, after: KeyValues): KeyPatch => ({
  ...changed(settingsOf(before), settingsOf(after)),
  ...(isSame(endOf(before), endOf(after)) ? {} : endOf(after)),
})

/** Somebody else was faster: their changes stand, and of one's own those that they did not touch. */
export function rebased(before: KeyValues, mine: KeyValues, theirs: KeyValues): KeyValues {
  return { ...mine, ...changed(before, theirs) }
}
