import { expect, test } from 'vitest'
import { createClock } from '../../test/feed-rig.ts'
import { createOutbox } from './outbox.ts'
import type { FromGateway, ServerReport } from './schema.ts'

const report = (server: string, tools: number, text = ''): ServerReport => ({
  organization: 'org_a',
  server,
  revision: 1,
  state: 'ready',
  tools: Array.from({ length: tools }, (_, n) => ({ name: `tool ${n}`, description: text })),
})

function framesOf(items: readonly ServerReport[]): Extract<FromGateway, { type: 'servers' }>[] {
  const sent: FromGateway[] = []
  const outbox = createOutbox({ send: (frame) => sent.push(frame), knownProofs: () => [], ...createClock() })
  outbox.attached()
  outbox.servers(items)
  outbox.flush()
  return sent.flatMap((frame) => (frame.type === 'servers' ? [frame] : []))
}

test('small reports share a frame', () => {
  const frames = framesOf(Array.from({ length: 50 }, (_, n) => report(`srv_${n}`, 3)))
  expect(frames.map(({ items }) => items.length)).toEqual([50])
})

test('no frame is larger than a mebibyte, and every report arrives, one that fills a frame without its tools', () => {
  const half = 'é'.repeat(300_000)
  const frames = framesOf([report('one', 1, half), report('two', 1, half), report('huge', 4, half), report('three', 1)])
  for (const frame of frames) expect(Buffer.byteLength(JSON.stringify(frame))).toBeLessThan(1.1 * 1024 * 1024)
  const items = frames.flatMap((frame) => frame.items)
  expect(items.map(({ server, tools }) => [server, tools?.length])).toEqual([
    ['one', 1],
    ['two', 1],
    ['huge', undefined],
    ['three', 1],
  ])
})
