import { z } from 'zod'
import { type Control, usage } from './control.ts'
import { oneOf } from './resource.ts'
import { servers } from './server-facts.ts'
import { type Given, pathTo } from './values.ts'

const Page = z.looseObject({
  items: z.array(z.looseObject({ id: z.string(), slug: z.string() })),
  nextCursor: z.string().nullable().optional(),
})

/**
 * The id behind each word. A server answers to its former slugs as well, so that two words may mean one server: only the
 * id says which it is. A word that means none is left for control to refuse.
 */
export async function serverIdsOf(control: Control, words: readonly string[]): Promise<Given<string[]>> {
  const ids: string[] = []
  for (const word of words) {
    const path = pathTo(servers.path, word)
    if (!path.ok) return path
    const found = await control.call({ method: 'GET', path: path.value }, oneOf(servers))
    if (!found.ok && found.problem.code === 'not_permitted') return idsInCatalog(control, words)
    if (!found.ok && found.problem.code !== 'not_found') return found
    ids.push(found.ok ? found.value.item.id : word)
  }
  return { ok: true, value: ids }
}

/** For who may not read servers: those that he may use. */
async function idsInCatalog(control: Control, words: readonly string[]): Promise<Given<string[]>> {
  const known = new Map<string, string>()
  let cursor: string | undefined
  do {
    const answer = await control.call({ method: 'GET', path: '/me/catalog', query: { limit: '200', cursor } }, Page)
    if (!answer.ok) return answer
    for (const { id, slug } of answer.value.items) known.set(slug, id).set(id, id)
    cursor = answer.value.nextCursor ?? undefined
  } while (cursor !== undefined)
  const ids = words.map((word) => known.get(word) ?? word)
  const unknown = ids.find((id) => !known.has(id) && !/^srv_[0-9A-Za-z]{16}$/.test(id))
  return unknown === undefined
    ? { ok: true, value: ids }
    : usage(`--servers: "${unknown}" is not in your catalog under this name; ostiary catalog shows the names.`)
}
