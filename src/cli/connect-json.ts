import { z } from 'zod'

/**
 * Puts members into JSON that somebody else wrote: what is not touched stays as it was, byte for byte, numbers of any
 * size and order included. Comments and anything else that RFC 8259 does not know are refused, never lost.
 */
export type Merged =
  | { readonly ok: true; readonly text: string; readonly removed: string | null; readonly added: string | null }
  | { readonly ok: false; readonly why: string }

const Entry = z.record(z.string(), z.unknown())
const Additions = z.record(z.string(), z.union([Entry, z.array(z.looseObject({ id: z.string() }))]))

/**
 * `snippet` is an object of objects: each member of the inner ones is set; an array inside gets the elements whose `id`
 * it lacks. `placeholder`: a text of the snippet that people replace by hand; what they wrote in its place stays.
 */
export function mergeJson(before: string, snippet: string, placeholder: string | null): Merged {
  const additions = Additions.parse(JSON.parse(snippet))
  let text = before.trim() === '' ? '{}\n' : before
  let [removed, added]: [string[], string[]] = [[], []]
  for (const [section, content] of Object.entries(additions)) {
    const members: [string | null, unknown][] = Array.isArray(content)
      ? content.map((each) => [null, each])
      : Object.entries(content)
    for (const [name, value] of members) {
      const step = name === null ? appended(text, section, value) : set(text, section, name, value, placeholder)
      if (!step.ok) return step
      ;[text, removed, added] = [step.text, [...removed, ...listed(step.removed)], [...added, ...listed(step.added)]]
    }
  }
  return { ok: true, text, removed: removed.join('\n') || null, added: added.join('\n') || null }
}

const listed = (text: string | null): string[] => (text === null ? [] : [text])

type Spanned =
  | { readonly kind: 'object'; readonly start: number; readonly end: number; readonly members: readonly Member[] }
  | { readonly kind: 'array'; readonly start: number; readonly end: number; readonly items: readonly Spanned[] }
  | { readonly kind: 'scalar'; readonly start: number; readonly end: number }
type Member = { readonly key: string; readonly at: number; readonly value: Spanned }

const refused = (why: string): Merged => ({ ok: false, why })
const unchanged = (text: string): Merged => ({ ok: true, text, removed: null, added: null })

type Place = { readonly ok: true; readonly root: Spanned & { kind: 'object' }; readonly found: Member | null }

function place(text: string, section: string): Place | { readonly ok: false; readonly why: string } {
  const root = spans(text)
  if (root === null) return { ok: false, why: 'it is not plain JSON (comments and trailing commas are none)' }
  if (root.kind !== 'object') return { ok: false, why: 'it holds no JSON object' }
  const found = root.members.filter(({ key }) => key === section)
  if (found.length > 1) return { ok: false, why: `it has "${section}" twice` }
  return { ok: true, root, found: found[0] ?? null }
}

function set(text: string, section: string, name: string, value: unknown, placeholder: string | null): Merged {
  const there = place(text, section)
  if (!there.ok) return there
  if (there.found === null) return insertMember(text, there.root, section, { [name]: value })
  const { value: inner } = there.found
  if (inner.kind !== 'object') return refused(`"${section}" in it is no object`)
  const [old, twice] = inner.members.filter(({ key }) => key === name)
  if (twice) return refused(`"${section}" in it has "${name}" twice`)
  if (!old) return insertMember(text, inner, name, value)
  const before = text.slice(old.value.start, old.value.end)
  const kept = keepFilled(JSON.parse(before), value, placeholder)
  if (JSON.stringify(JSON.parse(before)) === JSON.stringify(kept)) return unchanged(text)
  const after = printed(kept, indentAt(text, old.at))
  const removed = `"${name}": ${before}`
  return { ok: true, text: splice(text, old.value, after), removed, added: `"${name}": ${after}` }
}

function appended(text: string, section: string, value: unknown): Merged {
  const there = place(text, section)
  if (!there.ok) return there
  if (there.found === null) return insertMember(text, there.root, section, [value])
  const { value: list } = there.found
  if (list.kind !== 'array') return refused(`"${section}" in it is no list`)
  const ids = list.items.map(({ start, end }) => idOf(JSON.parse(text.slice(start, end))))
  if (ids.includes(idOf(value))) return unchanged(text)
  const last = list.items.at(-1)
  const indent = last ? indentAt(text, last.start) : `${indentAt(text, list.start)}  `
  return inserted(text, list, last?.end ?? null, indent, printed(value, indent))
}

const idOf = (value: unknown): string | null => z.looseObject({ id: z.string() }).safeParse(value).data?.id ?? null

function insertMember(text: string, into: Spanned & { kind: 'object' }, key: string, value: unknown): Merged {
  const last = into.members.at(-1)
  const indent = last ? indentAt(text, last.at) : `${indentAt(text, into.start)}  `
  return inserted(text, into, last?.value.end ?? null, indent, `${JSON.stringify(key)}: ${printed(value, indent)}`)
}

/** Behind the last of what is in there, or as the first. */
function inserted(text: string, into: Spanned, behind: number | null, indent: string, added: string): Merged {
  const closing = `\n${indentAt(text, into.start)}`
  const after =
    behind === null
      ? `${text.slice(0, into.start + 1)}\n${indent}${added}${closing}${text.slice(into.end - 1)}`
      : `${text.slice(0, behind)},\n${indent}${added}${text.slice(behind)}`
  return { ok: true, text: after, removed: null, added }
}

const splice = (text: string, { start, end }: Spanned, by: string): string =>
  text.slice(0, start) + by + text.slice(end)
const printed = (value: unknown, indent: string): string =>
  JSON.stringify(value, null, 2).replaceAll('\n', `\n${indent}`)
const indentAt = (text: string, at: number): string =>
  /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', at - 1) + 1, at))?.[0] ?? ''

/** The new value, but where it holds the placeholder and the old one something else, that one. */
function keepFilled(old: unknown, fresh: unknown, placeholder: string | null): unknown {
  if (typeof fresh === 'string' && placeholder !== null && fresh.includes(placeholder))
    return typeof old === 'string' && fits(old, fresh, placeholder) ? old : fresh
  if (Array.isArray(fresh))
    return fresh.map((each, at) => keepFilled(Array.isArray(old) ? old[at] : null, each, placeholder))
  const [olds, news] = [Entry.safeParse(old), Entry.safeParse(fresh)]
  if (!olds.success || !news.success) return fresh
  return Object.fromEntries(
    Object.entries(news.data).map(([name, value]) => [name, keepFilled(olds.data[name], value, placeholder)]),
  )
}

/** The same text with something of one word in the place of the placeholder. */
function fits(old: string, fresh: string, placeholder: string): boolean {
  const [before = '', after = ''] = fresh.split(placeholder)
  const filled = old.slice(before.length, old.length - after.length)
  return old.startsWith(before) && old.endsWith(after) && /^[^\s/]+$/.test(filled)
}

/** Where everything stands; null: it is no JSON. Its own reader, because JSON.parse forgets places. */
function spans(text: string): Spanned | null {
  try {
    JSON.parse(text)
    return placesIn(text)
  } catch {
    // Also where it is nested deeper than anybody writes by hand: then nothing is known, so nothing is changed.
    return null
  }
}

/** Of text that is valid. */
function placesIn(text: string): Spanned {
  let at = 0
  const skip = () => {
    while (/\s/.test(text[at] ?? '')) at += 1
  }
  // It is valid, so what comes is known by its first character.
  const string = (): string => {
    const start = at
    for (at += 1; text[at] !== '"'; at += 1) if (text[at] === '\\') at += 1
    at += 1
    return text.slice(start, at)
  }
  const list = <T>(close: string, one: () => T): T[] => {
    const all: T[] = []
    at += 1
    for (skip(); text[at] !== close; skip()) {
      all.push(one())
      skip()
      if (text[at] === ',') at += 1
    }
    at += 1
    return all
  }
  const member = (): Member => {
    skip()
    const start = at
    const key = z.string().parse(JSON.parse(string()))
    skip()
    at += 1
    return { key, at: start, value: value() }
  }
  const value = (): Spanned => {
    skip()
    const start = at
    if (text[at] === '{') return { kind: 'object', start, members: list('}', member), end: at }
    if (text[at] === '[') return { kind: 'array', start, items: list(']', value), end: at }
    if (text[at] === '"') string()
    else while (/[^\s,\]}]/.test(text[at] ?? ' ')) at += 1
    return { kind: 'scalar', start, end: at }
  }
  return value()
}
