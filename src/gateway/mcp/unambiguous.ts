import { hasDuplicateKeys } from './duplicate-keys.ts'

/** Deeper than any real call, shallower than any parser's stack. */
export const depthLimit = 64

/**
 * Why this text could be read in another way than we read it, or null. Whoever executes it must see the method and the
 * names that were authorized; see research on members that real servers read more leniently than they are written.
 */
export function ambiguityOf(text: string, json: Readonly<Record<string, unknown>>): string | null {
  if (isDeeperThan(depthLimit, json)) return `The message is nested deeper than ${depthLimit} levels.`
  if (isOddMethod(json['method'])) return 'The method could be taken for another one.'
  const odd = oddMember(json, topMembers, 2, 7) ?? oddParams(json['params'])
  if (odd !== null) return `The member ${JSON.stringify(odd.slice(0, 32))} could be taken for another one.`
  // What JSON.stringify gives back unchanged has no member twice. Spaces, escapes and 1.0 need the longer look.
  if (JSON.stringify(json) !== text && hasDuplicateKeys(text)) return 'The message names a member twice.'
  return null
}

const topMembers: ReadonlySet<string> = new Set(['jsonrpc', 'id', 'method', 'params', 'result', 'error'])
const paramMembers: ReadonlySet<string> = new Set(['name', 'uri', '_meta'])

/** Those that the decision, or what follows from it, tells from all others. */
const decidingMethods: ReadonlySet<string> = new Set(['tools/call', 'tools/list'])

/** Some servers trim a method, end it at a NUL or fold its case: they would run another one than was decided on. */
const isOddMethod = (method: unknown): boolean =>
  typeof method === 'string' && (/[\s\p{C}]/u.test(method) || isLookalike(method, decidingMethods))

function oddParams(params: unknown): string | null {
  if (typeof params !== 'object' || params === null || Array.isArray(params)) return null
  for (const name in params) {
    const odd = oddName(name, paramMembers, 3, 5)
    if (odd) return name
  }
  const meta = '_meta' in params ? params._meta : null
  return typeof meta === 'object' && meta !== null && Object.hasOwn(meta, '__proto__') ? '__proto__' : null
}

function oddMember(
  object: Readonly<Record<string, unknown>>,
  members: ReadonlySet<string>,
  shortest: number,
  longest: number,
): string | null {
  for (const name in object) if (oddName(name, members, shortest, longest)) return name
  return null
}

function oddName(name: string, members: ReadonlySet<string>, shortest: number, longest: number): boolean {
  if (name !== '__proto__' && (name.length < shortest || name.length > longest)) return false
  return isLookalike(name, members)
}

/**
 * Equal to a deciding member except for case. Upper first, then lower: that folds `ſ` to s and the Kelvin sign to k,
 * as Go's encoding/json does. `__proto__` hides members from whoever copies the object by assignment.
 */
export function isLookalike(name: string, members: ReadonlySet<string>): boolean {
  if (name === '__proto__') return true
  return !members.has(name) && members.has(name.toUpperCase().toLowerCase())
}

function isDeeperThan(limit: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (limit === 0) return true
  if (Array.isArray(value)) {
    for (const item of value) if (isDeeperThan(limit - 1, item)) return true
    return false
  }
  for (const item of Object.values(value)) if (isDeeperThan(limit - 1, item)) return true
  return false
}
