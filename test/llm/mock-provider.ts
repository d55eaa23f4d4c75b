import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { anthropicAnswer } from './mock-anthropic.ts'
import { openAiAnswer } from './mock-openai.ts'

/**
 * A provider of LLMs that speaks both dialects like the real ones. What it does is decided by the name of the model:
 * what follows `mock-` in it, as in `mock-no-usage`; by the header `x-mock`; or by a test's own `script`. A last message
 * `say 300` is answered with 300 tokens (` tok`, four characters each), anything else with twelve.
 */
export const behaviours = [
  'plain',
  /** Thinks before it answers, as many tokens as it then says. */
  'reasoning',
  /** Read half of its input from its cache, and wrote a quarter of it. */
  'cached',
  'tools',
  'no-usage',
  'usage-null',
  /** Says the usage so far in every chunk of a stream. */
  'usage-everywhere',
  '429',
  '401',
  '400',
  '500',
  '503',
  '529',
  /** Nothing at all, until the caller leaves or `release` is called; then as plain. */
  'stall-head',
  /** Half of the answer, then as `stall-head`. */
  'stall-middle',
  /** Half of the answer, then its socket is destroyed. */
  'half',
  /** Before the head. */
  'reset',
  /** A few milliseconds before every chunk. */
  'slow',
  /** An error event in the middle of a stream. */
  'error-event',
] as const
export type Behaviour = (typeof behaviours)[number]

export type Asked = {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly text: string
  /** Empty where the body is no object. */
  readonly json: Readonly<Record<string, unknown>>
  readonly behaviour: Behaviour
  /** Chunks of the answer's body that were written. */
  sent: number
  /** Resolves when its answer stalls. */
  readonly stalled: Promise<void>
  readonly stall: () => void
  /** Resolves when its answer is closed, with whether the caller left before its end. */
  readonly closed: Promise<{ readonly isAborted: boolean; readonly sent: number }>
}

/** An answer as chunks; one of them is a plain answer. */
export type Scripted = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly chunks: readonly string[]
}

export type MockProvider = {
  /** For providers of the dialect openai, `/v1` included. */
  readonly openAiUrl: string
  /** For providers of the dialect anthropic, without `/v1`, as Anthropic's own clients want it. */
  readonly anthropicUrl: string
  readonly url: string
  readonly asked: readonly Asked[]
  readonly last: () => Asked
  /** The next one that is asked, or the first that nobody has taken. */
  readonly next: () => Promise<Asked>
  /** What it does instead of what the model's name says; null: by the name. */
  readonly script: (decide: ((asked: Asked) => Behaviour | Scripted | null) | null) => void
  /** Answers that stall go on. */
  readonly release: () => void
  readonly forget: () => void
  readonly stop: () => Promise<void>
}

export async function startMockProvider(): Promise<MockProvider> {
  const asked: Asked[] = []
  const untaken: Asked[] = []
  const waiting: ((asked: Asked) => void)[] = []
  const stalled = new Set<() => void>()
  let decide: ((asked: Asked) => Behaviour | Scripted | null) | null = null
  const note = (one: Asked): void => {
    asked.push(one)
    const taker = waiting.shift()
    if (taker) taker(one)
    else untaken.push(one)
  }
  const stall = (one: Asked): Promise<void> =>
    new Promise((go) => {
      stalled.add(go)
      one.stall()
    })
  const release = (): void => {
    for (const go of stalled) go()
    stalled.clear()
  }
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const one = askedOf(request, response, Buffer.concat(pieces).toString())
      note(one)
      const told = decide?.(one) ?? one.behaviour
      const behaviour = typeof told === 'string' ? told : 'plain'
      const scripted = typeof told === 'string' ? answerOf(one, behaviour) : told
      void write(one, response, scripted, behaviour, stall)
    })
    request.on('error', () => response.destroy())
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    openAiUrl: `${url}/v1`,
    anthropicUrl: url,
    asked,
    last: () => {
      const last = asked.at(-1)
      if (!last) throw new Error('the provider was not asked')
      return last
    },
    next: () => {
      const one = untaken.shift()
      return one ? Promise.resolve(one) : new Promise((resolve) => waiting.push(resolve))
    },
    script: (script) => {
      decide = script
    },
    release,
    forget: () => {
      asked.length = 0
      untaken.length = 0
    },
    stop: async () => {
      release()
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

function askedOf(request: IncomingMessage, response: ServerResponse, text: string): Asked {
  const json = jsonOf(text)
  let stall = (): void => {}
  const stalled = new Promise<void>((resolve) => {
    stall = resolve
  })
  const one: Asked = {
    stalled,
    stall,
    method: request.method ?? '',
    path: (request.url ?? '').split('?')[0] ?? '',
    headers: request.headers,
    text,
    json,
    behaviour: behaviourOf(request.headers['x-mock'] ?? /mock-(.+)$/.exec(String(json['model'] ?? ''))?.[1]),
    sent: 0,
    closed: new Promise((resolve) => {
      response.once('close', () => resolve({ isAborted: !response.writableFinished, sent: one.sent }))
    }),
  }
  return one
}

const behaviourOf = (said: unknown): Behaviour => behaviours.find((each) => each === said) ?? 'plain'

function jsonOf(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text)
    return parsed !== null && typeof parsed === 'object' ? (parsed as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

function answerOf(asked: Asked, behaviour: Behaviour): Scripted {
  const isAnthropic = asked.path.includes('/messages') || asked.headers['anthropic-version'] !== undefined
  return isAnthropic ? anthropicAnswer(asked, behaviour) : openAiAnswer(asked, behaviour)
}

async function write(
  asked: Asked,
  response: ServerResponse,
  { status, headers, chunks }: Scripted,
  behaviour: Behaviour,
  stall: (asked: Asked) => Promise<void>,
): Promise<void> {
  if (behaviour === 'reset') return void response.destroy()
  const gone = new Promise<void>((resolve) => response.once('close', () => resolve()))
  if (behaviour === 'stall-head') await Promise.race([stall(asked), gone])
  if (response.destroyed) return
  // A plain answer that ends in its middle must have one.
  const pieces = chunks.length === 1 && behaviour !== 'plain' ? halvesOf(chunks[0] ?? '') : chunks
  response.writeHead(status, { ...headers, 'request-id': 'req_mock', 'x-request-id': 'req_mock' })
  const middle = Math.ceil(pieces.length / 2)
  for (const [at, piece] of pieces.entries()) {
    if (at === middle && behaviour === 'half') return void response.destroy()
    if (at === middle && behaviour === 'stall-middle') await Promise.race([stall(asked), gone])
    if (behaviour === 'slow') await new Promise((next) => setTimeout(next, 3))
    if (response.destroyed) return
    asked.sent += 1
    // One write, one chunk of the wire, as far as the kernel allows: otherwise nothing streams.
    await new Promise<void>((written) => response.write(piece, () => written()))
  }
  response.end()
}

const halvesOf = (text: string): string[] => [text.slice(0, text.length >> 1), text.slice(text.length >> 1)]
