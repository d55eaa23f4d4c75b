import { isMembers, type Members } from './stdio/message.ts'
import { isLookalike } from './unambiguous.ts'

/** Would a call of this tool be admitted, now? */
export type Admits = (tool: string) => boolean

/**
 * A JSON-RPC message, or a batch of them however deep, in which every list of tools shows admitted ones only. What holds no list, and
 * nothing that another parser could take for one, comes back as the very same value.
 */
export function onlyAdmitted(message: unknown, admits: Admits): unknown {
  if (!Array.isArray(message)) return ofMessage(message, admits)
  const each = message.map((item) => onlyAdmitted(item, admits))
  return each.every((item, at) => item === message[at]) ? message : each
}

function ofMessage(value: unknown, admits: Admits): unknown {
  if (!isMembers(value)) return value
  const message = withoutLookalikes(value, messageMembers)
  const { result } = message
  if (!isMembers(result)) return message
  const shown = ofResult(withoutLookalikes(result, resultMembers), admits)
  return shown === result ? message : { ...message, result: shown }
}

function ofResult(result: Members, admits: Admits): Members {
  if (!Object.hasOwn(result, 'tools')) return result
  const { tools } = result
  const shown = {
    ...result,
    // Whatever is no array is no list of tools either; some servers write `null` for "none".
    tools: Array.isArray(tools) ? tools.flatMap((tool) => ofTool(tool, admits)) : [],
  }
  // 2026-07-28: what is made for one key must not be kept for others.
  return Object.hasOwn(result, 'cacheScope') ? { ...shown, cacheScope: 'private' } : shown
}

/** Byte for byte: a name that only looks the same, or is another Unicode form of the same, is another tool. */
function ofTool(value: unknown, admits: Admits): Members[] {
  if (!isMembers(value)) return []
  const { name } = value
  return typeof name === 'string' && admits(name) ? [withoutLookalikes(value, toolMembers)] : []
}

const messageMembers: ReadonlySet<string> = new Set(['result'])
const resultMembers: ReadonlySet<string> = new Set(['tools', 'cacheScope'])
const toolMembers: ReadonlySet<string> = new Set(['name'])

/** Clients that read member names more leniently than they are written would see another list than we decided on. */
function withoutLookalikes(value: Members, members: ReadonlySet<string>): Members {
  const isOdd = (name: string) => isLookalike(name, members)
  if (!Object.keys(value).some(isOdd)) return value
  return Object.fromEntries(Object.entries(value).filter(([name]) => !isOdd(name)))
}
