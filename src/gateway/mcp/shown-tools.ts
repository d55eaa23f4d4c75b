import { decide, type Subject } from '../../access/decide.ts'
import type { Target } from '../../access/schema.ts'
import { admitsEveryTool, toolChoice } from '../../access/tools.ts'
import type { Result } from '../../problems.ts'
import { isEventStream } from '../media-type.ts'
import { createBodyFilter, type Filter, type View } from './filter-answer.ts'
import { createEventFilter } from './filter-events.ts'
import type { Admits } from './filter-list.ts'

/** How an answer begins, as far as it says what may be in it. */
export type Head = {
  readonly status: number
  readonly contentType: string | readonly string[] | undefined
  /** As it is declared, if it is. */
  readonly length?: string | readonly string[] | undefined
}

/** Which tools one call's answer may list. Its rights are asked when the list comes, not when the call went out. */
export type ShownTools = {
  /** Null: the key may call every tool of the server, or no list can be in there; not a byte is touched. */
  readonly filterFor: (head: Head, clean: View['clean']) => Filter | null
  /** A list passes untouched, or may yet, and by now not every tool is admitted. */
  readonly isOvertaken: () => boolean
  /** Which tools it may call by now, to be compared; empty: none, since it is not admitted at all. */
  readonly word: () => string
}

type Deps = { readonly subject: () => Result<Subject>; readonly now: () => number }

/**
 * The answer to `tools/list`, and every event stream: a server may deliver the list on the GET stream with which its
 * client resumed, and one that errs on any other. The list is not what keeps tools from a caller; `pass` asks the same
 * `decide` for each call.
 */
export function shownTools(deps: Deps, server: Target, method: string): ShownTools {
  let isUntouched = false
  const isFree = () => {
    const subject = deps.subject()
    return subject.ok && admitsEveryTool(subject.value, server.id, deps.now())
  }
  return {
    filterFor: ({ status, contentType }, clean) => {
      const isStream = isEventStream(contentType)
      // Some clients look for the words anywhere in the header: such an answer goes out as the JSON that it is.
      const mayHoldList = method === 'tools/list' || isStream || /event-stream/i.test(String(contentType))
      if (!mayHoldList) return null
      if (isFree()) {
        isUntouched = method === 'tools/list' || method === 'GET'
        return null
      }
      const view = { admits: () => admitsNow(deps, server), clean }
      return isStream ? createEventFilter(view) : createBodyFilter(view, status)
    },
    isOvertaken: () => isUntouched && !isFree(),
    word: () => {
      const subject = deps.subject()
      return subject.ok ? JSON.stringify(toolChoice(subject.value, server.id, deps.now())) : ''
    },
  }
}

/** A caller who is not admitted at all any more sees no tool. */
function admitsNow({ subject, now }: Deps, server: Target): Admits {
  const asks = subject()
  const at = now()
  return (tool) =>
    asks.ok && decide(asks.value, { kind: 'mcp', server, method: 'tools/call', tool }, at).kind === 'allow'
}
