import type { Lines } from '../observe/lines.ts'
import type { Answer } from './answer.ts'
import type { Incoming } from './incoming.ts'

type Deps = {
  readonly log: { readonly lines: (message: string) => Lines | null }
  readonly gatewayId: () => string
  readonly now: () => number
  readonly monotonic: () => number
}

/** One line per call. The path is not in it: its segments may be anything, a key included. */
export function createAccessLog(deps: Deps): (call: Incoming, answer: Answer) => void {
  const lines = deps.log.lines('call')
  if (lines === null) return () => {}
  const { quoted } = lines
  /** Reasons of refusals that stand for many calls are searched for secrets once. */
  const known = new WeakMap<object, string>()
  const reasonOf = (log: NonNullable<Answer['log']>): string => {
    const held = known.get(log)
    if (held !== undefined) return held
    const members = lines.members(log)
    known.set(log, members)
    return members
  }
  const metadataOf = createMetadata(lines)
  return (call, answer) => {
    const { facts } = call
    const reason = answer.log === undefined ? '' : reasonOf(answer.log)
    const ms = Math.round((deps.monotonic() - call.startedAt) * 1000) / 1000
    // Between bare quotes stands only what is ours by grammar: ids, names of routes, codes, addresses in one spelling.
    lines.write(
      deps.now(),
      `${reason === '' ? '' : `${reason},`}"requestId":"${call.requestId}","route":"${call.route}"` +
        `,"key":${plain(facts.keyId)},"keyName":${quoted(facts.keyName)},"secretVersion":${facts.secretVersion}` +
        `,"child":${plain(facts.childId)},"metadata":${metadataOf(facts.metadata)}` +
        `,"owner":${plain(facts.owner)},"organization":${quoted(facts.organization)},"server":${quoted(facts.server)}` +
        `,"method":${quoted(facts.method)},"tool":${quoted(facts.tool)}` +
        `,"status":${answer.status},"code":${plain(answer.code)},"ms":${ms}` +
        `,"address":"${call.address}","gateway":${quoted(deps.gatewayId())}`,
    )
  }
}

/** JSON of somebody else, in the middle of a line that is made by hand: looked at once, whatever control has looked at. */
function createMetadata({ members }: Lines): (json: string | null) => string {
  const known = new Map<string, string>()
  return (json) => {
    if (json === null) return 'null'
    if (json === '{}') return json
    const held = known.get(json)
    if (held !== undefined) return held
    if (known.size >= remembered) known.clear()
    const clean = cleanObject(json, members)
    known.set(json, clean)
    return clean
  }
}

/** Each may be 4 KiB long. */
const remembered = 500

function cleanObject(json: string, members: Lines['members']): string {
  try {
    const value: unknown = JSON.parse(json)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'null'
    const text = `{${members(value)}}`
    JSON.parse(text)
    return text
  } catch {
    return 'null'
  }
}

const plain = (ours: string | null): string => (ours === null ? 'null' : `"${ours}"`)
