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
  return (call, answer) => {
    const { facts } = call
    const reason = answer.log === undefined ? '' : reasonOf(answer.log)
    const ms = Math.round((deps.monotonic() - call.startedAt) * 1000) / 1000
    // Between bare quotes stands only what is ours by grammar: ids, names of routes, codes, addresses in one spelling.
    lines.write(
      deps.now(),
      `${reason === '' ? '' : `${reason},`}"requestId":"${call.requestId}","route":"${call.route}"` +
        `,"key":${plain(facts.keyId)},"keyName":${quoted(facts.keyName)},"secretVersion":${facts.secretVersion}` +
        `,"owner":${plain(facts.owner)},"organization":${quoted(facts.organization)},"server":${quoted(facts.server)}` +
        `,"method":${quoted(facts.method)},"tool":${quoted(facts.tool)}` +
        `,"status":${answer.status},"code":${plain(answer.code)},"ms":${ms}` +
        `,"address":"${call.address}","gateway":${quoted(deps.gatewayId())}`,
    )
  }
}

const plain = (ours: string | null): string => (ours === null ? 'null' : `"${ours}"`)
