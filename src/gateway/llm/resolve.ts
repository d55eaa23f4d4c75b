import { decide, type Subject } from '../../access/decide.ts'
import type { Deny, Duty, LlmCall } from '../../access/schema.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { ModelRecord, ProviderRecord } from '../../providers/schema.ts'
import { denied } from '../denied.ts'
import type { LlmRequest } from './request.ts'

/** Where a call goes, and what its yes still has to go through. */
export type Route = {
  readonly provider: ProviderRecord
  readonly model: ModelRecord
  readonly duties: readonly Duty[]
}

type Dialect = ProviderRecord['dialect']
export type Ask = {
  readonly subject: Subject
  /** Of the key's organization. */
  readonly providers: readonly ProviderRecord[]
  readonly dialect: Dialect
  readonly now: number
}

/**
 * The one model that a name leads to, among those that the key may call: what is not for it is as if it were not there.
 * `provider/model` comes first; a name that only one provider has may stand alone, slashes in it or not.
 */
export function resolve(ask: Ask, name: string): Result<Route> {
  const named = namedIn(ask, name)
  if (named !== null && named.provider.dialect === ask.dialect) return ok(named)
  const all = routesOf(ask, name)
  const routes = all.filter(({ provider }) => provider.dialect === ask.dialect)
  const [only, other] = routes
  if (only !== undefined && other !== undefined) return ambiguous(name, routes)
  if (only !== undefined) return ok(only)
  const foreign = named ?? all[0]
  return foreign === undefined ? nothingFor(ask, name) : mismatch(foreign.provider)
}

/**
 * May the call go there as it is written? Models that its tools name are decided on like the one that is called, and
 * where a budget pays, a service at another price than the model's has none.
 */
export function fits(ask: Ask, route: Route, { otherModels = [], pricedBy = null }: Asked): Result<Route> {
  for (const name of otherModels)
    if (routeIn(ask, route.provider, name) === null)
      return nothingFor(ask, nameOf({ ...route, model: { ...route.model, id: name } }))
  const isBudgeted = route.duties.some((duty) => duty.kind === 'seats' && duty.budgets.length > 0)
  return pricedBy !== null && isBudgeted ? otherPrice(pricedBy) : ok(route)
}

type Asked = Pick<LlmRequest, 'otherModels' | 'pricedBy'>

const otherPrice = (param: string): Result<never> =>
  refuse('price_unknown', {
    detail: `What ${param} asks for has another price than the model, which no budget can be held to. Leave ${param} out.`,
    data: { param },
  })

/** Null: it is not for this key, or not there. For going on with what was resolved before, and for fallbacks. */
export function routeTo(ask: Ask, providerId: string, model: string): Route | null {
  const provider = ask.providers.find(({ id }) => id === providerId)
  return provider === undefined ? null : routeIn(ask, provider, model)
}

export const nameOf = ({ provider, model }: Pick<Route, 'provider' | 'model'>): string => `${provider.slug}/${model.id}`

/** The first of those that the model names which was not tried and which the key may call; null: there is none. */
export function fallbackOf(ask: Ask, { model }: Route, tried: ReadonlySet<string>): Route | null {
  for (const name of model.fallbacks) {
    const route = namedIn(ask, name)
    if (route !== null && route.provider.dialect === ask.dialect && !tried.has(nameOf(route))) return route
  }
  return null
}

/** Every model that the key may call on paths of a dialect, by the shortest name that leads to it. */
export function modelsFor(ask: Ask): { readonly name: string; readonly route: Route }[] {
  const ofDialect = ask.providers.filter(({ dialect }) => dialect === ask.dialect)
  const routes = ofDialect.flatMap((provider) => provider.models.flatMap(({ id }) => routeIn(ask, provider, id) ?? []))
  return routes.map((route) => {
    const { model, provider } = route
    const alone = resolve(ask, model.id)
    const isAlone = alone.ok && alone.value.provider.id === provider.id && alone.value.model === model
    return { name: isAlone ? model.id : nameOf(route), route }
  })
}

/** What keeps the key from every provider, whichever it is; null: nothing does. */
export function keptOut({ subject, now }: Ask, model: string | null): Result<never> | null {
  const verdict = decide(subject, { kind: 'llm', provider: null, model }, now)
  if (verdict.kind === 'allow' || verdict.code === 'provider_not_allowed') return null
  return denied(verdict, subject)
}

function namedIn(ask: Ask, name: string): Route | null {
  const slash = name.indexOf('/')
  if (slash === -1) return null
  const provider = providerOf(ask, name.slice(0, slash))
  return provider === undefined ? null : routeIn(ask, provider, name.slice(slash + 1))
}

const providerOf = ({ providers }: Ask, slugOrId: string): ProviderRecord | undefined =>
  providers.find(({ slug }) => slug === slugOrId) ?? providers.find(({ id }) => id === slugOrId)

const routesOf = (ask: Ask, name: string): Route[] =>
  ask.providers.flatMap((provider) => routeIn(ask, provider, name) ?? [])

function routeIn({ subject, now }: Ask, provider: ProviderRecord, name: string): Route | null {
  const { byName, ids } = compiled(provider)
  const model = byName.get(name)
  if (model === undefined) return null
  const verdict = decide(subject, callOf(provider, ids, model.id), now)
  return verdict.kind === 'allow' ? { provider, model, duties: verdict.duties } : null
}

const callOf = ({ id, project }: ProviderRecord, models: ReadonlySet<string>, model: string | null): LlmCall => ({
  kind: 'llm',
  provider: { id, project, models },
  model,
})

/** The same for what is not there and for what is not for this key. */
function nothingFor(ask: Ask, name: string): Result<never> {
  const out = keptOut(ask, name)
  if (out !== null) return out
  const slash = name.indexOf('/')
  const provider = slash === -1 ? undefined : providerOf(ask, name.slice(0, slash))
  const isOfProvider = slash === -1 || (provider !== undefined && admitsProvider(ask, provider))
  const code: Deny['code'] = isOfProvider ? 'model_not_allowed' : 'provider_not_allowed'
  const { revision } = ask.subject.key
  return denied({ kind: 'deny', code, rule: isOfProvider ? 'model' : 'provider', revision }, ask.subject)
}

function admitsProvider({ subject, now }: Ask, provider: ProviderRecord): boolean {
  const verdict = decide(subject, callOf(provider, compiled(provider).ids, null), now)
  return verdict.kind === 'allow' || verdict.code === 'model_not_allowed'
}

const ambiguous = (name: string, routes: readonly Route[]): Result<never> =>
  refuse('model_ambiguous', {
    detail: `Several providers have this model. Say which: ${routes
      .slice(0, 10)
      .map(({ provider }) => `${provider.slug}/${name}`)
      .join(', ')}.`,
    data: { param: 'model' },
  })

/** It may be called, so its provider may be named. */
const mismatch = ({ slug, dialect }: ProviderRecord): Result<never> =>
  refuse('dialect_mismatch', {
    detail: `The provider ${slug} speaks the other dialect, and nothing is translated. Call it at ${paths[dialect]}.`,
    data: { param: 'model' },
  })
const paths = { openai: '/v1/chat/completions', anthropic: '/anthropic/v1/messages' } as const

type Compiled = { readonly ids: ReadonlySet<string>; readonly byName: ReadonlyMap<string, ModelRecord> }

/** Records are replaced and never changed, so each is looked at once. A model's own id wins over another's alias. */
const known = new WeakMap<ProviderRecord, Compiled>()

function compiled(provider: ProviderRecord): Compiled {
  const held = known.get(provider)
  if (held !== undefined) return held
  const { models } = provider
  const byName = new Map(models.flatMap((model) => model.aliases.map((alias) => [alias, model] as const)))
  for (const model of models) byName.set(model.id, model)
  const fresh = { ids: new Set(models.map(({ id }) => id)), byName }
  known.set(provider, fresh)
  return fresh
}
