import { afterEach, beforeEach, expect, test, vi } from 'vitest'

type Sent = { readonly line: string; readonly csrf: string | undefined; readonly organization: string | undefined }

const sessionOf = (memberId: string, csrfToken: string) => ({
  csrfToken,
  member: { id: memberId },
  organization: { id: 'org_1' },
})
const notOurs = { status: 403, code: 'cross_site', title: 'The call does not come from a page of ours' }

let sent: Sent[]
let reloads: number
/** Whose cookie the browser has now; its token is the only one that control takes. */
let now: { memberId: string; csrfToken: string }

beforeEach(() => {
  vi.resetModules()
  sent = []
  reloads = 0
  now = { memberId: 'mem_x', csrfToken: 'token-1' }
  vi.stubGlobal('sessionStorage', { getItem: () => null, setItem: () => {}, removeItem: () => {} })
  vi.stubGlobal('location', {
    pathname: '/dashboard/',
    search: '',
    assign: () => {},
    reload: () => {
      reloads += 1
    },
  })
  vi.stubGlobal(
    'fetch',
    async (path: string, { method, headers }: { method: string; headers: Record<string, string> }) => {
      const { 'ostiary-csrf': csrf, 'ostiary-organization': organization } = headers
      sent.push({ line: `${method} ${path}`, csrf, organization })
      if (path === '/api/v1/sessions/current') return Response.json(sessionOf(now.memberId, now.csrfToken))
      if (csrf === undefined && method === 'GET') return Response.json({ of: now.memberId })
      return csrf === now.csrfToken ? Response.json({ isDone: true }) : Response.json(notOurs, { status: 403 })
    },
  )
})
afterEach(() => vi.unstubAllGlobals())

const signedInAsX = async () => {
  const api = await import('./api.ts')
  api.keepSession(sessionOf('mem_x', 'token-1'))
  return api
}
const changes = () => sent.filter(({ line }) => !line.startsWith('GET'))

test('a change goes on with the new token where the same person has signed in again', async () => {
  const { ask } = await signedInAsX()
  now = { memberId: 'mem_x', csrfToken: 'token-2' }
  expect(await ask('POST /keys/key_1/revoke')).toEqual({ isDone: true })
  expect(changes().map(({ csrf }) => csrf)).toEqual(['token-1', 'token-2'])
  expect(reloads).toBe(0)
})

test('a change of one person is never made as another who has signed in meanwhile: the page begins anew', async () => {
  const { ask, Refused } = await signedInAsX()
  now = { memberId: 'mem_y', csrfToken: 'token-2' }
  await expect(ask('POST /keys/key_1/revoke')).rejects.toThrow(Refused)
  expect(changes().map(({ csrf }) => csrf)).toEqual(['token-1'])
  // Nor does it later: what was kept is still the one of before.
  await expect(ask('POST /keys/key_1/revoke')).rejects.toThrow(Refused)
  expect(changes().map(({ csrf }) => csrf)).toEqual(['token-1', 'token-1'])
  expect(reloads).toBe(2)
})

test('what another person may see, who has signed in meanwhile, is never answered to the page of the one before', async () => {
  const { ask, download, Refused } = await signedInAsX()
  now = { memberId: 'mem_y', csrfToken: 'token-2' }
  await expect(ask('GET /keys')).rejects.toThrow(Refused)
  await expect(download('GET /usage.csv')).rejects.toThrow(Refused)
  expect(reloads).toBe(2)
  expect(sent.map(({ line, csrf }) => [line, csrf])).toEqual([
    ['GET /api/v1/keys', 'token-1'],
    ['GET /api/v1/sessions/current', undefined],
    ['GET /api/v1/usage.csv', 'token-1'],
    ['GET /api/v1/sessions/current', undefined],
  ])
})

test('a look goes on with the new token where the same person has signed in again', async () => {
  const { ask } = await signedInAsX()
  now = { memberId: 'mem_x', csrfToken: 'token-2' }
  expect(await ask('GET /keys')).toEqual({ isDone: true })
  expect(reloads).toBe(0)
})

test('an answer that breaks off is one that nobody gave: the try again is the same call', async () => {
  const brokenOff = (): Response =>
    new Response(
      new ReadableStream({
        start: (stream) => {
          stream.enqueue(new TextEncoder().encode('{"secret":"ostk_'))
          stream.error(new TypeError('network error'))
        },
      }),
    )
  vi.stubGlobal('fetch', async () => brokenOff())
  const { ask, download } = await import('./api.ts')
  const unreachable = { refusal: { status: 0, code: 'unreachable' } }
  await expect(ask('POST /keys', { body: {} })).rejects.toMatchObject(unreachable)
  await expect(download('GET /requests.csv')).rejects.toMatchObject(unreachable)
})

test('an id out of a link that somebody was sent never makes a call out of another one', async () => {
  const { ask } = await signedInAsX()
  for (const id of [
    '../keys/key_1',
    'x/../../keys/key_1',
    '%2e%2e/keys/key_1',
    '.%2E/keys/key_1',
    '.\t./keys/key_1',
    '..\\keys\\key_1',
  ])
    await expect(ask(`DELETE /gateways/${id}`), id).rejects.toMatchObject({ refusal: { code: 'not_found' } })
  expect(sent).toEqual([])
  expect(await ask(`DELETE /gateways/${encodeURIComponent('../keys/ä key')}?force=true`)).toEqual({ isDone: true })
  expect(changes().map(({ line }) => line)).toEqual(['DELETE /api/v1/gateways/..%2Fkeys%2F%C3%A4%20key?force=true'])
})
