import { expect, test } from 'vitest'
import { cliRig, effect, sentenceOf } from '../../test/cli-rig.ts'

const limit = {
  id: 'lim_AAAAAAAAAAAAAAAA',
  target: { type: 'tool', id: 'srv_1', name: 'search' },
  requestsPerMinute: 60,
  tokensPerMinute: null,
  concurrent: 4,
  streams: null,
  detached: 'closed',
  now: { requests: { used: 12, limit: 60 }, tokens: null, concurrent: { used: 1, limit: 4 }, streams: null },
  createdAt: '2026-11-20T00:00:00.000Z',
  revision: 4,
}
const refs = { srv_1: { slug: 'github', name: 'GitHub' } }
const rig = () =>
  cliRig({
    'POST /limits': { limit, refs },
    'GET /limits': { items: [limit], nextCursor: null, refs },
    'GET /limits/:id': () => ({ body: { limit, refs }, etag: '"lim-4"' }),
    'PATCH /limits/:id': { limit, refs, effect },
    'DELETE /limits/:id': { limit, refs, effect },
  })

test('D21 D22 limits are made, listed, shown, changed and deleted', async () => {
  const { ostiary, changes } = rig()
  await ostiary('limits', 'create', 'tool', 'github', '--name', 'search', '--rpm', '60', '--concurrent', '4')
  expect(changes()[0]?.body).toEqual({
    target: { type: 'tool', id: 'github', name: 'search' },
    requestsPerMinute: 60,
    concurrent: 4,
  })
  await ostiary('limits', 'create', 'organization', '--tpm', '5000', '--detached', 'closed')
  expect(changes()[1]?.body).toEqual({ target: { type: 'organization' }, tokensPerMinute: 5000, detached: 'closed' })
  expect((await ostiary('limits', 'list', '--type', 'tool')).out).toMatch(
    /^lim_A+ +tool search of github +12 of 60 +no limit +1 of 4 +no limit$/m,
  )
  const shown = await ostiary('limits', 'get', limit.id)
  expect(shown.out).toMatch(/^requests this minute +12 of 60$/m)
  expect(shown.out).toMatch(/^without control +refused$/m)
  await ostiary('limits', 'update', limit.id, '--rpm', 'none', '--streams', '9')
  expect(changes().at(-1)?.body).toEqual({ requestsPerMinute: null, streams: 9 })
  expect((await ostiary('limits', 'delete', limit.id)).out).toBe(`${limit.id} is deleted\n`)
})

test.each([
  [['create', 'planet', 'earth', '--rpm', '1'], 'not of "planet"'],
  [['create', 'server', '--rpm', '1'], 'Say which server'],
  [['create', 'server', 'github', '--rpm', '0'], '--rpm must be a whole number'],
  [['create', 'server', 'github', '--tpm', '1.5'], '--tpm must be a whole number'],
  [['create', 'server', 'github', '--detached', 'open'], '--detached must be share or closed'],
  [['update', limit.id], 'Nothing to change was given'],
  [['list', '--type', 'planet'], 'not of "planet"'],
])('%j is a slip that is told before anything is sent', async (words, sentence) => {
  const { ostiary, changes } = rig()
  const done = await ostiary('limits', ...words)
  expect(sentenceOf(done)).toEqual([2, '', expect.stringContaining(sentence)])
  expect(changes()).toEqual([])
})
