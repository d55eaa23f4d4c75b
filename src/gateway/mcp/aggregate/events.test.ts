import { expect, test } from 'vitest'
import { createEvents, type Events } from './events.ts'

const answer = (id: number, text: string) => ({ jsonrpc: '2.0' as const, id, result: { text } })
const notice = { jsonrpc: '2.0' as const, method: 'notifications/message', params: { data: 'told' } }
const refusal = { code: -32602, message: 'Call again.', data: { code: 'tool_not_allowed' } }

async function replayed(events: Events, after: string): Promise<unknown[]> {
  const sent: unknown[] = []
  await events.replayEventsAfter(after, { send: async (_id, message) => void sent.push(message) })
  return sent
}

test('what was missed is told once more, of its own stream and in order', async () => {
  const events = createEvents()
  const first = await events.storeEvent('a', notice)
  await events.storeEvent('b', answer(1, 'other'))
  await events.storeEvent('a', answer(2, 'mine'))
  expect(await replayed(events, first)).toEqual([answer(2, 'mine')])
  await expect(replayed(events, 'a_99')).rejects.toThrow('not known')
})

test('G2 what was taken back is not told again, and whoever waits for an answer is refused', async () => {
  const events = createEvents()
  const first = await events.storeEvent('a', notice)
  await events.storeEvent('a', notice)
  await events.storeEvent('a', answer(2, 'secret'))
  events.takeBack(refusal)
  await events.storeEvent('a', answer(3, 'new'))
  expect(await replayed(events, first)).toEqual([{ jsonrpc: '2.0', id: 2, error: refusal }, answer(3, 'new')])
})

test('an answer that is too long is not kept, and whoever comes back for it hears so', async () => {
  const events = createEvents()
  const first = await events.storeEvent('a', notice)
  await events.storeEvent('a', answer(2, 'x'.repeat(2 * 1024 * 1024)))
  await events.storeEvent('a', answer(3, 'short'))
  const [long, short] = await replayed(events, first)
  expect([long, short]).toMatchObject([{ id: 2, error: { code: -32603 } }, answer(3, 'short')])
})
