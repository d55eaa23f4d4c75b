import type { Db } from '../db/database.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { resolveModel } from './models.ts'
import type { Model } from './schema.ts'
import { findProviders, type Provider, providersFallingBackTo } from './store.ts'

type Changed = Pick<Provider, 'id' | 'slug' | 'dialect' | 'models'>
type Errors = { pointer: string; detail: string }[]

/**
 * Every fallback leads to a model that is there, of the same dialect because nothing is translated, and none leads back
 * to where it began. The gateways skip what is gone later.
 */
export async function checkFallbacks(db: Db, organizationId: string, changed: Changed): Promise<Result<null>> {
  const errors: Errors = []
  const find = reading(db, organizationId, changed)
  for (const [i, model] of changed.models.entries()) {
    for (const [j, name] of (model.fallbacks ?? []).entries()) {
      const problem = await problemOf(find, changed, model, name)
      if (problem !== null) errors.push({ pointer: `/models/${i}/fallbacks/${j}`, detail: problem })
    }
  }
  return errors.length === 0
    ? ok(null)
    : refuse('invalid', { detail: 'Some fallbacks lead nowhere; see errors.', errors })
}

/** A slug that others fall back to keeps its provider: they would lead to whoever takes the slug next. */
export async function refusedWhileNamed(db: Db, organizationId: string, provider: Changed): Promise<Result<null>> {
  const others = await providersFallingBackTo(db, organizationId, provider.slug)
  const names = others.filter(({ id }) => id !== provider.id).map(({ slug }) => slug)
  if (names.length === 0) return ok(null)
  const which = names.length > 5 ? `${names.slice(0, 5).join(', ')} and more` : names.join(', ')
  return refuse('in_use', { detail: `Models of ${which} fall back to it: change their fallbacks first.` })
}

type Find = (slug: string) => Promise<Changed | null>

/** As everything will be after the change; each provider is read once. */
function reading(db: Db, organizationId: string, changed: Changed): Find {
  const read = new Map<string, Changed | null>([[changed.slug, changed]])
  return async (slug) => {
    const held = read.get(slug)
    if (held !== undefined) return held
    const found = (await findProviders(db, organizationId, [slug])).get(slug)
    // Under the slug that it had before, or by an id that looks like a slug, it is not meant.
    const meant = found && found.slug === slug && found.id !== changed.id ? found : null
    read.set(slug, meant)
    return meant
  }
}

async function problemOf(find: Find, from: Changed, model: Model, name: string): Promise<string | null> {
  const target = await targetOf(find, name)
  if (target === null) return 'leads to no model: write it as provider-slug/model'
  if (target.provider.dialect !== from.dialect)
    return `speaks the dialect ${target.provider.dialect}, and nothing is translated`
  const start = nodeOf(from, model)
  const seen = new Set<string>()
  const left = [target]
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const node = nodeOf(next.provider, next.model)
    if (node === start) return 'leads back to the model itself'
    if (seen.has(node)) continue
    seen.add(node)
    for (const further of next.model.fallbacks ?? []) {
      const found = await targetOf(find, further)
      if (found !== null) left.push(found)
    }
  }
  return null
}

const nodeOf = ({ slug }: Changed, { id }: Model): string => `${slug}/${id}`

async function targetOf(find: Find, name: string): Promise<{ provider: Changed; model: Model } | null> {
  const at = name.indexOf('/')
  const provider = await find(name.slice(0, at))
  const model = provider && resolveModel(provider, name.slice(at + 1))
  return provider && model && { provider, model }
}
