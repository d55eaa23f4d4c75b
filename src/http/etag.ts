/** What an answer about one object carries. The id is part of it, so that tags of two objects never look alike. */
export type Revised = { readonly id: string; readonly revision: number }

export const etagOf = ({ id, revision }: Revised): string => `"${id}-${revision}"`

/** RFC 9110 §13.1.1: `*` matches what exists; a weak tag never matches, because If-Match compares strongly. */
export const matchesEtag = (ifMatch: string | null, object: Revised): boolean => {
  if (ifMatch === null || ifMatch.trim() === '*') return true
  const current = etagOf(object)
  return ifMatch.split(',').some((tag) => tag.trim() === current)
}

const isRevised = (value: unknown): value is Revised =>
  typeof value === 'object' &&
  value !== null &&
  'id' in value &&
  'revision' in value &&
  typeof value.id === 'string' &&
  typeof value.revision === 'number'

/** The one revised object of an answer such as `{key: {...}, effect}`; lists and answers about several have none. */
export const revisedIn = (answer: unknown): Revised | null => {
  if (typeof answer !== 'object' || answer === null) return null
  const found = Object.values(answer).filter(isRevised)
  return found.length === 1 ? (found[0] ?? null) : null
}
