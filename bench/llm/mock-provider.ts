import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * A provider of OpenAI's dialect that costs next to nothing: a chat completion of about 600 bytes, or the same as a
 * stream of 24 chunks, one a turn of the loop, with its usage if it is asked for.
 */
const words = Array.from({ length: 20 }, (_, n) => ` word${n}`)
const base = { id: 'chatcmpl-bench', created: 1, model: 'bench-model' }
const usage = { prompt_tokens: 60, completion_tokens: 20, total_tokens: 80 }
const whole = Buffer.from(
  JSON.stringify({
    ...base,
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: words.join(''), refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: {
      ...usage,
      prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
    },
  }),
)
const chunk = (value: object): string =>
  `data: ${JSON.stringify({ ...base, object: 'chat.completion.chunk', ...value })}\n\n`
const delta = (content: string): string =>
  chunk({ choices: [{ index: 0, delta: { content }, logprobs: null, finish_reason: null }] })
const stream = [
  chunk({ choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }] }),
  ...words.map(delta),
  chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
]
const withUsage = [...stream, chunk({ choices: [], usage }), 'data: [DONE]\n\n']
const withoutUsage = [...stream, 'data: [DONE]\n\n']

function streamTo(response: ServerResponse, chunks: readonly string[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
  const next = (at: number): void => {
    if (at === chunks.length) return void response.end()
    response.write(chunks[at])
    setImmediate(next, at + 1)
  }
  next(0)
}

const headers = { 'content-type': 'application/json', 'content-length': String(whole.length) }
const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => {
    const body = Buffer.concat(parts)
    if (!body.includes('"stream":true')) return void response.writeHead(200, headers).end(whole)
    streamTo(response, body.includes('"include_usage":true') ? withUsage : withoutUsage)
  })
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/chat/completions\n`)
})
process.once('disconnect', () => process.exit(0))
