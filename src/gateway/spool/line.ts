import type { Charge, Tokens } from '../../fleet/records/schema.ts'
import type { Unplaced } from './spool.ts'

/**
 * A record as the members that follow its place, made by hand: `JSON.stringify` of the whole takes three times as long.
 * Every text is cut to what control takes and every number made one that it takes, since a frame with one record that is
 * none would end the connection, and come again for ever.
 */
export type WriteLine = (record: Unplaced) => string

/** Of each key, what does not differ from call to call, and what seldom does, as it was the last time. */
type Known = { of: Unplaced; constant: string; seldom: string }
const remembered = 10_000

export function createLines(): WriteLine {
  const known = new Map<string, Known>()
  const knownOf = (record: Unplaced): Known => {
    const held = known.get(record.key)
    if (held !== undefined && isSame(held.of, record)) return held
    if (known.size >= remembered) known.clear()
    const isOfKey = held !== undefined && isSameKey(held.of, record)
    const made = { of: record, constant: isOfKey ? held.constant : constant(record), seldom: seldom(record) }
    known.set(record.key, made)
    return made
  }
  return (record) => {
    const { constant: ofKey, seldom: ofKind } = knownOf(record)
    return `"id":${quoted(record.id, 64)},"at":${whole(record.at)},${ofKey}${ofKind}${ending(record)}`
  }
}

const isSameKey = (held: Unplaced, record: Unplaced): boolean =>
  held.metadata === record.metadata &&
  held.keyName === record.keyName &&
  held.owner === record.owner &&
  held.organization === record.organization &&
  held.ownerType === record.ownerType

const isSame = (held: Unplaced, record: Unplaced): boolean =>
  held.tool === record.tool &&
  held.model === record.model &&
  held.server === record.server &&
  held.provider === record.provider &&
  held.method === record.method &&
  held.client === record.client &&
  held.address === record.address &&
  held.version === record.version &&
  held.child === record.child &&
  held.project === record.project &&
  held.kind === record.kind &&
  held.admitted === record.admitted &&
  isSameKey(held, record)

const constant = ({ organization, key, keyName, ownerType, owner, metadata }: Unplaced): string =>
  inOnePiece(
    `"organization":${quoted(organization, 64)},"key":${quoted(key, 64)},"keyName":${quoted(keyName, 256)}` +
      `,"ownerType":"${ownerType}","owner":${quoted(owner, 64)},"metadata":${long(metadata, 8192, '"{}"')}`,
  )

const seldom = (record: Unplaced): string =>
  inOnePiece(
    `,"kind":"${record.kind}","version":${whole(record.version)},"child":${quoted(record.child, 64)}` +
      `,"client":${quoted(record.client, 128)},"address":${quoted(record.address, 64)}` +
      `,"project":${quoted(record.project, 64)},"server":${quoted(record.server, 64)},"tool":${quoted(record.tool, 128)}` +
      `,"provider":${quoted(record.provider, 64)},"model":${quoted(record.model, 128)}` +
      `,"method":${quoted(record.method, 128)},"admitted":${record.admitted ? 'true' : 'false'}`,
  )

/** A text that was put together stays in its parts inside, and costs each time that it is written. */
const inOnePiece = (text: string): string => Buffer.from(text).toString()

const ending = (record: Unplaced): string => {
  const { code, rule, cost, price, estimated, latencyMs, firstByteMs } = record
  const times = `,"latencyMs":${milliseconds(latencyMs)},"firstByteMs":${firstByteMs === null ? 'null' : milliseconds(firstByteMs)}}\n`
  const status = `,"status":${Math.min(whole(record.status), 999)}`
  const isPlain = code === null && rule === null && record.tokens === null && price === null && !estimated
  if (isPlain && cost === null && record.charges.length === 0) return status + nothingSaid + times
  return (
    `${status},"code":${quoted(code, 64)},"rule":${quoted(rule, 128)},"tokens":${tokens(record.tokens)}` +
    `,"estimated":${estimated ? 'true' : 'false'},"cost":${cost === null ? 'null' : whole(cost)}` +
    `,"price":${long(price, 1024, 'null')},"charges":${charges(record.charges)}${times}`
  )
}
const nothingSaid = ',"code":null,"rule":null,"tokens":null,"estimated":false,"cost":null,"price":null,"charges":[]'

function quoted(text: string | null, longest: number): string {
  if (text === null) return 'null'
  if (text.length <= longest && plain.test(text)) return `"${text}"`
  return JSON.stringify(text.slice(0, longest).toWellFormed())
}
const plain = /^[ !#-[\]-~]*$/

/** Half of a JSON text is none. */
function long(json: string | null, longest: number, instead: string): string {
  return json === null || json.length > longest ? instead : quoted(json, longest)
}

const whole = (amount: number): number =>
  Number.isSafeInteger(amount) && amount >= 0 && !Object.is(amount, -0) ? amount : made(amount)

/** A charge is never rounded away. */
const made = (amount: number): number => (amount > 0 ? Math.min(Math.ceil(amount), Number.MAX_SAFE_INTEGER) : 0)

const milliseconds = (ms: number): number => (ms > 0 && ms < longestMs ? Math.round(ms * 1000) / 1000 : 0)
const longestMs = 1e12

const tokens = (of: Tokens | null): string =>
  of === null
    ? 'null'
    : `{"input":${whole(of.input)},"output":${whole(of.output)},"cached":${whole(of.cached)}` +
      `,"cacheWrite":${whole(of.cacheWrite)},"reasoning":${whole(of.reasoning)}}`

function charges(of: readonly Charge[]): string {
  if (of.length === 0) return '[]'
  const texts = of.slice(0, 64).map(charge)
  return `[${texts.join()}]`
}

const charge = ({ budget, window, nano }: Charge): string =>
  `{"budget":${quoted(budget, 64)},"window":${quoted(window, 64)},"nano":${whole(nano)}}`
