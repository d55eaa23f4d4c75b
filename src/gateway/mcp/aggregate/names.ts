import { createHash } from 'node:crypto'

/**
 * Names of tools and prompts of many servers at one address: `{slug}__{name}`. Always with the slug, so that a second
 * server renames nothing; of at most 64 characters that every LLM API takes.
 */
const between = '__'
const longest = 64
const hashLength = 8

/** `slug` has no `__` by grammar (servers/schema.ts), so the first one ends it. */
export function nameFor(slug: string, name: string): string {
  const whole = slug + between + name
  if (whole.length <= longest && plain.test(name)) return whole
  const room = longest - slug.length - between.length - hashLength - 1
  return `${slug}${between}${name.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, room)}_${hashOf(name)}`
}

const plain = /^[A-Za-z0-9_-]+$/

export type Split = { readonly slug: string; readonly rest: string }

/** Null: no server is named in it. */
export function splitName(name: string): Split | null {
  const at = name.indexOf(between)
  return at < 1 ? null : { slug: name.slice(0, at), rest: name.slice(at + between.length) }
}

/** It may stand for a longer or stranger name, which only the server's list tells. */
export const mayBeHashed = (rest: string): boolean => /_[0-9a-z]{8}$/.test(rest)

function hashOf(name: string): string {
  const digest = createHash('sha256').update(name).digest()
  return (digest.readBigUInt64BE(0) % 36n ** BigInt(hashLength)).toString(36).padStart(hashLength, '0')
}
