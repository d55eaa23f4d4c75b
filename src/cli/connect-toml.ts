import type { Merged } from './connect-json.ts'

/**
 * Sets one table of TOML whose lines are `name = "text"`, and leaves every other line as it is. There is no reader of
 * all TOML here: what could be the same table in other words is refused.
 */
export function mergeToml(before: string, snippet: string): Merged {
  const [header = '', ...settings] = snippet.trimEnd().split('\n')
  const path = header.slice(1, -1).split('.')
  const lines = before === '' ? [] : before.replace(/\n$/, '').split('\n')
  const outside = outsideOfStrings(lines)
  const heads = lines.flatMap((line, at) => (outside[at] ? headOf(line, at) : []))
  const why = otherWords(lines, outside, heads, path)
  if (why !== null) return { ok: false, why }
  const own = heads.filter(({ name }) => name === path.join('.'))
  if (own.length > 1) return { ok: false, why: `it has ${header} twice` }
  const [found] = own
  if (found === undefined) return appended(before, snippet)
  const end = heads.find(({ at }) => at > found.at)?.at ?? lines.length
  return replaced(lines, { from: found.at + 1, to: end, header, settings })
}

const appended = (before: string, snippet: string): Merged => {
  const gap = before === '' ? '' : before.endsWith('\n') ? '\n' : '\n\n'
  return { ok: true, text: `${before}${gap}${snippet}`, removed: null, added: snippet.trimEnd() }
}

type Block = {
  readonly from: number
  readonly to: number
  readonly header: string
  readonly settings: readonly string[]
}

function replaced(lines: readonly string[], { from, to, header, settings }: Block): Merged {
  const body = lines.slice(from, to)
  const simple = /^\s*(#.*|[A-Za-z0-9_-]+\s*=\s*("([^"\\]|\\.)*"|true|false|[0-9._]+)\s*(#.*)?)?$/
  const strange = body.find((line) => !simple.test(line.trimEnd()))
  if (strange !== undefined) return { ok: false, why: `${header} in it holds more than we can change safely` }
  const after = [...body]
  const [removed, added]: [string[], string[]] = [[], []]
  for (const setting of settings) {
    const name = nameIn(setting)
    const at = after.findIndex((line) => nameIn(line) === name)
    if (after[at]?.trim() === setting) continue
    if (at !== -1) removed.push(after[at] ?? '')
    added.push(setting)
    after.splice(at === -1 ? 0 : at, at === -1 ? 0 : 1, setting)
  }
  // A key that is sent in another way now is not sent in the old one as well.
  const names = new Set(settings.map(nameIn))
  const stale = after.filter((line) => ours.has(nameIn(line) ?? '') && !names.has(nameIn(line)))
  const text = [...lines.slice(0, from), ...after.filter((line) => !stale.includes(line)), ...lines.slice(to)]
  const said = (of: readonly string[]) => (of.length === 0 ? null : [header, ...of].join('\n'))
  return { ok: true, text: `${text.join('\n')}\n`, removed: said([...removed, ...stale]), added: said(added) }
}

const ours = new Set(['bearer_token_env_var'])
const nameIn = (line: string): string | null => /^\s*([A-Za-z0-9_-]+)\s*=/.exec(line)?.[1] ?? null

type Head = { readonly at: number; readonly name: string }

/** `[a."b".c]` as `a.b.c`. */
function headOf(line: string, at: number): Head[] {
  const inner = /^\s*\[\s*([^[\]]+?)\s*\]\s*(#.*)?$/.exec(line)?.[1]
  if (inner === undefined) return []
  return [{ at, name: inner.split('.').map(bare).join('.') }]
}

const bare = (part: string): string => part.trim().replace(/^(["'])(.*)\1$/, '$2')

/** Other ways to say the same table: within its parent, dotted, or inline. */
function otherWords(
  lines: readonly string[],
  outside: readonly boolean[],
  heads: readonly Head[],
  [parent = '', name = '']: readonly string[],
): string | null {
  let table = ''
  for (const [at, line] of lines.entries()) {
    if (!outside[at]) continue
    table = heads.find((head) => head.at === at)?.name ?? table
    const key = /^\s*([^=#[]+?)\s*=/.exec(line)?.[1]
    if (key === undefined) continue
    const said = [...(table === '' ? [] : table.split('.')), ...key.split('.').map(bare)]
    const isInline = said.length === 1 && said[0] === parent
    const isInParent =
      said[0] === parent && said[1] === name && table !== `${parent}.${name}` && !table.startsWith(`${parent}.${name}.`)
    if (isInline || isInParent) return `it sets ${parent} without a table of its own for ${name}`
  }
  return null
}

const mark = /"""|'''|"(?:[^"\\]|\\.)*"|'[^']*'|#.*/
const endOfBasic = /"""|\\./
const endOfLiteral = /'''/

/** Of each line, whether it begins outside of strings that go over several lines. */
function outsideOfStrings(lines: readonly string[]): boolean[] {
  let open: '"""' | "'''" | null = null
  return lines.map((line) => {
    const isOutside = open === null
    for (let rest = line; rest !== ''; ) {
      // Within one nothing counts but its end, and what is escaped, of which literal strings have nothing.
      const next = (open === null ? mark : open === '"""' ? endOfBasic : endOfLiteral).exec(rest)
      if (next === null) break
      const [found] = next
      if (open === null) open = found === '"""' || found === "'''" ? found : null
      else if (found === open) open = null
      rest = rest.slice(next.index + found.length)
    }
    return isOutside
  })
}
