import type { Tokens } from '../../../fleet/records/schema.ts'
import type { LlmRoute } from '../place.ts'
import { type TextBytes, tokensOfText } from './estimate.ts'
import { type Format, formatsOf, nothingRead, type Read, usageAlone } from './formats.ts'
import { HiddenEvents } from './hide-events.ts'
import { lastMembers } from './last-members.ts'
import { EventScan } from './scan-events.ts'
import { JsonScan, type Scanned } from './scan-json.ts'

/** Reads the usage of one answer while its bytes pass. Nothing of it is held beyond what must be hidden. */
export type UsageReader = {
  /** What of the chunk is passed on. */
  readonly push: (chunk: Buffer) => Buffer
  /** The answer is complete; what was held back. */
  readonly end: () => Buffer
  /** Tokens of output that were made so far: what was said of them or what they look like, whichever is more. */
  readonly made: () => number
  /** What the provider says of it, as far as it goes. */
  readonly said: () => { readonly tokens: Tokens | null; readonly isWhole: boolean }
  /** `end` was called: nothing is missing. */
  readonly isComplete: () => boolean
}

type Answer = {
  readonly route: LlmRoute
  readonly status: number
  readonly contentType: string | undefined
  /** The provider was asked for a usage chunk that its caller did not ask for. */
  readonly hidesUsage: boolean
  /** It may be ended by us: then what is passed on ends with an event, so that another one can follow. */
  readonly mayBeEnded: boolean
}

/** Null: what it answers costs nothing, so there is nothing to read. A refusal of the provider is not charged by it. */
export function readerOf(answer: Answer): UsageReader | null {
  const { route, status, contentType } = answer
  const formats = formatsOf[route]
  if (formats === null || status < 200 || status > 299) return null
  const isStream = /^\s*text\/event-stream\s*(;|$)/i.test(contentType ?? '')
  return isStream ? readStream(formats.stream, answer) : readPlain(formats.plain)
}

/** Bytes; a text of so many is parsed as a whole, which costs less than looking through it. */
const small = 4096

function readPlain(format: Format): UsageReader {
  const json = new JsonScan(format.watch)
  let read: Read = nothingRead
  let text: TextBytes | null = null
  let isComplete = false
  /** All that came, as long as it is small; it is passed on and never changed. */
  let whole: Buffer | null = nothing
  const scanned = (): JsonScan => {
    if (whole !== null) json.push(whole, 0, whole.length)
    whole = null
    return json
  }
  const readWhole = (): boolean => {
    if (whole === null) return false
    read = format.read(read, parsedAs(format.watch, whole))
    return read.tokens !== null
  }
  return {
    push: (chunk) => {
      if (whole !== null && whole.length + chunk.length <= small)
        whole = whole.length === 0 ? chunk : Buffer.concat([whole, chunk])
      else scanned().push(chunk, 0, chunk.length)
      return chunk
    },
    end: () => {
      if (isComplete) return nothing
      isComplete = true
      if (readWhole()) return nothing
      const found = scanned().take()
      text = found
      read = format.read(read, found)
      return nothing
    },
    made: () => read.tokens?.output ?? tokensOfText(text ?? scanned().text()),
    said: () => ({ tokens: read.tokens, isWhole: read.tokens !== null }),
    isComplete: () => isComplete,
  }
}

/** What a scan would find of it, but for its text. */
function parsedAs({ kept }: Format['watch'], bytes: Buffer): Scanned {
  const parsed = (kept === usageAlone ? lastMembers(bytes, quotedUsage) : null) ?? parsedWhole(bytes)
  return {
    kept: kept.map((path) => path.reduce(memberOf, parsed)),
    hasFinish: false,
    isListEmpty: false,
    ascii: 0,
    wide: 0,
  }
}

const quotedUsage = Buffer.from('"usage"')

function parsedWhole(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    // It is not whole, or no JSON.
    return null
  }
}

const memberOf = (value: unknown, name: string): unknown =>
  value !== null && typeof value === 'object' && !Array.isArray(value) && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : null

function readStream(format: Format, { hidesUsage, mayBeEnded }: Answer): UsageReader {
  let read: Read = nothingRead
  let ascii = 0
  let wide = 0
  let isComplete = false
  const events = new EventScan(format.watch, {
    onDone: () => {
      read = { ...read, hasFinished: true, isOver: read.isOver || read.tokens !== null }
    },
    onEvent: (found) => {
      ascii += found.ascii
      wide += found.wide
      read = format.read(read, found)
      return !(hidesUsage && format.isUsageOnly(found))
    },
  })
  const hiding = hidesUsage || mayBeEnded ? new HiddenEvents(events) : null
  return {
    push: (chunk) => {
      if (hiding !== null) return hiding.push(chunk)
      for (let at: number = events.begin(chunk); at < chunk.length; ) at = events.next(chunk, at)
      return chunk
    },
    end: () => {
      isComplete = true
      if (hiding !== null) return hiding.end()
      if (!events.isBetween) events.finish()
      return nothing
    },
    made: () => {
      if (read.isOver && read.tokens !== null) return read.tokens.output
      const running = events.text()
      const seen = tokensOfText({ ascii: ascii + running.ascii, wide: wide + running.wide })
      return Math.max(seen, read.tokens?.output ?? 0)
    },
    said: () => ({ tokens: read.tokens, isWhole: read.isOver && read.tokens !== null }),
    isComplete: () => isComplete,
  }
}

const nothing = Buffer.alloc(0)
