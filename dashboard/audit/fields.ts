/** One value that an event tells of, by its place in what was changed. */
export type Row = {
  readonly path: string
  readonly before: string | null
  readonly after: string | null
  readonly kind: 'added' | 'removed' | 'changed' | 'same'
}

/** What was before beside what is after, value by value; what is only in one of them stands beside nothing. */
export function differenceOf(before: unknown, after: unknown): Row[] {
  const [was, is] = [leavesOf(before), leavesOf(after)]
  const paths = [...new Set([...was.keys(), ...is.keys()])]
  return paths.map((path) => {
    const [one, other] = [was.get(path) ?? null, is.get(path) ?? null]
    const kind = one === null ? 'added' : other === null ? 'removed' : one === other ? 'same' : 'changed'
    return { path, before: one, after: other, kind }
  })
}

/** By place, as JSON: objects are opened, lists and what is empty stay as they are. */
function leavesOf(value: unknown, path = ''): Map<string, string> {
  if (value === undefined) return new Map()
  const isOpened = typeof value === 'object' && value !== null && !Array.isArray(value)
  const members = isOpened ? Object.entries(value) : []
  if (members.length === 0) return new Map([[path === '' ? '.' : path, JSON.stringify(value) ?? 'null']])
  return new Map(members.flatMap(([name, member]) => [...leavesOf(member, path === '' ? name : `${path}.${name}`)]))
}
