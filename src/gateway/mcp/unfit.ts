import { problems, refuse } from '../../problems.ts'
import { endOfString } from './structure.ts'

/** For a key whose tools are restricted. */
export const unfit = refuse('upstream_unreachable', {
  detail: 'The MCP server answered with something in which tools cannot be looked for: no JSON, or too much of it.',
}).problem

/**
 * What stands in the place of a message that is no JSON: the error that ends the call which it answers, nothing where
 * nobody waits for it, or null where neither is sure.
 */
export function insteadOf(bytes: Buffer): string | null {
  const start = bytes.subarray(0, 64).toString('utf8').trimStart()[0]
  if (start !== undefined && start !== '{' && start !== '[') return ''
  const named = decidingMembers(bytes)
  if (named === null) return null
  if (named.has('method')) return ''
  const id = named.get('id')
  return id === undefined ? null : `{"jsonrpc":"2.0","id":${id},"error":${error}}`
}

const error = JSON.stringify({
  code: problems.upstream_unreachable.rpc,
  message: unfit.detail,
  data: { code: unfit.code },
})

/**
 * `id` and `method` of the outermost object, with the id as it is written. Null: one is there twice or in another
 * spelling, or brackets do not match, as when a quote too many has turned texts inside out.
 */
function decidingMembers(bytes: Buffer): Map<string, string | undefined> | null {
  const named = new Map<string, string | undefined>()
  let depth = 0
  let texts = 0
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at]
    if (byte === openBrace || byte === openBracket) depth += 1
    else if (byte === closeBrace || byte === closeBracket) depth -= 1
    else if (byte === quote) {
      const end = endOfString(bytes, at)
      if (depth === 1) texts += 1
      if (texts > mostTexts) return null
      const name = depth === 1 && end - at <= longestName ? bytes.toString('latin1', at + 1, end) : ''
      const member = name === '' ? null : afterName.exec(bytes.toString('latin1', end + 1, end + longestId))
      if (member !== null && /^(?:id|method)$|\\/i.test(name)) {
        if (named.has(name) || (name !== 'id' && name !== 'method')) return null
        named.set(name, member[1])
      }
      at = end
    }
    if (depth < 0) return null
  }
  return depth === 0 ? named : null
}

/** An id that may be said again as it is written: plain text without escapes, or a number that everybody reads alike. */
const afterName = /^\s*:\s*(?:("[ !#-[\]-~]{1,128}"|-?(?:0|[1-9]\d{0,14}))\s*[,}])?/
const longestId = 256
/** Outside of params and result a message has eight at most; millions of them would keep the loop. */
const mostTexts = 32
/** Enough for `method` in escapes. */
const longestName = 40

const quote = 0x22
const openBracket = 0x5b
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d
