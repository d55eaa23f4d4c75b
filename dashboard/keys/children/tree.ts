import type { ChildView } from '../../../src/keys/children/schema.ts'

type Branch = { readonly child: ChildView; readonly depth: number }

/** Each token under the one that it was made of, newest first; one whose parent is not listed any more stands on top. */
export function branchesOf(children: readonly ChildView[]): Branch[] {
  const listed = new Set(children.map(({ id }) => id))
  const below = Map.groupBy(children, ({ parent }) => (parent !== null && listed.has(parent) ? parent : ''))
  const grow = (parent: string, depth: number): Branch[] =>
    (below.get(parent) ?? []).flatMap((child) => [{ child, depth }, ...grow(child.id, depth + 1)])
  return grow('', 0)
}
