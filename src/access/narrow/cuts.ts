import type { Child } from '../../keys/children/standing.ts'
import type { Choice } from '../../keys/schema.ts'
import { both } from '../choice.ts'
import type { Narrow } from './schema.ts'

/** The child token that asks, and what has become of it. */
export type LiveChild = {
  readonly made: Child
  /** It, or one that it descends from, was ended before its time. */
  readonly isRevoked: boolean
}

const none: readonly Narrow[] = []

/** Every one of these must agree: with nobody's child there is nothing to ask. */
export const narrowsOf = ({ child }: { readonly child: LiveChild | null }): readonly Narrow[] =>
  child === null ? none : child.made.narrows

/** The entry of that server and no other; null: it cuts none of its tools. */
export function narrowedTools({ mcp }: Narrow, server: string): Choice | null {
  if (mcp === undefined) return null
  const { tools, toolsDefault = null } = mcp
  return tools !== undefined && Object.hasOwn(tools, server) ? (tools[server] ?? toolsDefault) : toolsDefault
}

/** What is left of a choice of tools of that server. */
export function cutTools(choice: Choice, narrows: readonly Narrow[], server: string): Choice {
  let left = choice
  for (const narrow of narrows) {
    const cut = narrowedTools(narrow, server)
    if (cut !== null) left = both(left, cut)
  }
  return left
}
