import { findSecrets } from './recognise.ts'
import { type Metadata, metadataLimits } from './schema.ts'
import type { Failure } from './scope.ts'
import { secretNames } from './secret-patterns.data.ts'

/**
 * Metadata stands in every line of the access log, in the audit log and in exports, so what must not be there is refused
 * when it is written. Pure. No detail and no pointer repeats what was given as a secret.
 */
export function checkMetadata(value: Metadata): Failure[] {
  if (isDeeper(value, metadataLimits.depth))
    return [{ pointer: '/metadata', detail: `must not be nested deeper than ${metadataLimits.depth}` }]
  // Before anything is searched: what is refused for its length costs no more.
  if (Buffer.byteLength(JSON.stringify(value)) > metadataLimits.bytes)
    return [{ pointer: '/metadata', detail: `must be at most ${metadataLimits.bytes} bytes of JSON` }]
  return failuresOf({ value, pointer: '/metadata', name: null })
}

/** By level and not by recursion: it may be nested deeper than the stack. */
function isDeeper(value: unknown, limit: number): boolean {
  let level = [value].filter(isNested)
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > limit) return true
    level = level.flatMap((each) => Object.values(each).filter(isNested))
  }
  return false
}
const isNested = (value: unknown): value is object => typeof value === 'object' && value !== null

function failuresOf(part: Part): Failure[] {
  if (typeof part.value === 'string') return failuresOfText(part.value, part)
  if (!isNested(part.value)) return []
  const isList = Array.isArray(part.value)
  return Object.entries(part.value).flatMap(([name, value]) => {
    const failure = isList ? null : failureOfName(name, part.pointer)
    if (failure) return [failure]
    const pointer = `${part.pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
    return failuresOf({ value, pointer, name: isList ? part.name : name })
  })
}

type Part = {
  readonly value: unknown
  readonly pointer: string
  /** Of the member that it is the value of, or is listed in. */
  readonly name: string | null
}

/** They mean something to JavaScript: whoever reads the log with it would be surprised. */
const forbiddenNames = new Set(['__proto__', 'constructor', 'prototype'])
/** Control characters, lone surrogates, what shows nothing and what turns the text around it. */
const unseen = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u
const lines = /[\t\n\r]/g

function failureOfName(name: string, parent: string): Failure | null {
  if (forbiddenNames.has(name)) return { pointer: `${parent}/${name}`, detail: 'must have another name' }
  if (unseen.test(name)) return { pointer: parent, detail: 'has a name with control or invisible characters' }
  const [secret] = findSecrets(name)
  return secret ? { pointer: parent, detail: `has a name that looks like a secret (${secret.kind})` } : null
}

function failuresOfText(text: string, { pointer, name }: Part): Failure[] {
  if (unseen.test(text.replace(lines, ' ')))
    return [{ pointer, detail: 'must not hold control or invisible characters' }]
  const [secret] = findSecrets(text)
  if (secret) return [{ pointer, detail: looksLike(secret.kind) }]
  if (name === null) return []
  // Its name may say what the value alone does not: {"aws_secret_access_key": "…"}.
  const [named] = findSecrets(`${name}=${text}`)
  if (named) return [{ pointer, detail: looksLike(named.kind) }]
  return secretNames.test(name) && isOneWord.test(text) ? [{ pointer, detail: looksLike('assigned-secret') }] : []
}

const looksLike = (kind: string): string => `looks like a secret (${kind}): metadata stands in logs`
const isOneWord = /^\S{6,}$/
