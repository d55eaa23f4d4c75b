import { ok, type Result } from '../../problems.ts'
import { type Ask, keptOut, modelsFor, type Route, resolve } from './resolve.ts'

/** What the key may call, as clients of each dialect read it: the same decision that calls meet. */

export function modelList(ask: Ask): Result<object> {
  const out = keptOut(ask, null)
  if (out !== null) return out
  const data = modelsFor(ask).map(({ name, route }) => describe(ask, name, route))
  if (ask.dialect === 'openai') return ok({ object: 'list', data })
  const [first, last] = [data[0], data.at(-1)]
  return ok({ data, has_more: false, first_id: first?.id ?? null, last_id: last?.id ?? null })
}

/** `name`: as the caller wrote it, in the path. */
export function oneModel(ask: Ask, name: string): Result<object> {
  const plain = decoded(name)
  const route = resolve(ask, plain)
  return route.ok ? ok(describe(ask, plain, route.value)) : route
}

const describe = ({ dialect }: Ask, id: string, { provider, model }: Route) =>
  dialect === 'openai'
    ? { id, object: 'model', created: 0, owned_by: provider.slug }
    : { type: 'model', id, display_name: model.id, created_at: '1970-01-01T00:00:00Z' }

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
