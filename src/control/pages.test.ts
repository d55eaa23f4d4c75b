import { expect, test } from 'vitest'
import type { PlainRoute } from './app.ts'
import { frontPage, setupPages, signInPages } from './pages.ts'

/** These pages look at nothing of the call. */
const answerOf = async (route: PlainRoute) => route.answer(undefined as never)
const here = { host: '127.0.0.1', port: 8420, publicUrl: null, tls: null }
const bodyOf = async (gateway: Parameters<typeof frontPage>[0]) => (await answerOf(await frontPage(gateway))).body

test('who opens the address of control learns what it is and where the rest is, without a script', async () => {
  const front = await frontPage(here)
  const { status, headers, body: bytes } = await answerOf(front)
  const body = String(bytes)
  expect([front.path, status]).toEqual(['/', 200])
  expect(headers['content-type']).toBe('text/html; charset=utf-8')
  expect(headers['content-security-policy']).toMatch(/^default-src 'none'.*frame-ancestors 'none'$/)
  expect(body).toContain('http://127.0.0.1:8420/mcp-connect/')
  for (const hint of ['/api/v1', 'OSTIARY_TOKEN', 'npm run -s ostiary', 'setup link']) expect(body).toContain(hint)
  expect(body).not.toMatch(/<script| style=| on[a-z]+=|https?:\/\/(?!127\.0\.0\.1:8420)/)
  const pages = [...(await setupPages()), ...(await signInPages())]
  const own = new Set(['/api/v1/openapi.json', ...pages.map(({ path }) => path)])
  for (const [, file = ''] of body.matchAll(/(?:src|href)="([^"]+)"/g)) expect(own).toContain(file)
})

test('the gateway is named as clients reach it, or not at all where the settings do not tell', async () => {
  expect(await bodyOf({ ...here, publicUrl: 'https://ai.example.com/' })).toContain(
    '>https://ai.example.com/mcp-connect/{server}<',
  )
  expect(await bodyOf({ ...here, host: '::1', tls: { cert: 'c', key: 'k' } })).toContain('>https://[::1]:8420/mcp-')
  expect(await bodyOf({ ...here, publicUrl: 'https://a.example/<b>"&' })).toContain(
    'https://a.example/&lt;b&gt;&quot;&amp;',
  )
  for (const gateway of [null, { ...here, port: 0 }, { ...here, host: '0.0.0.0' }])
    expect(await bodyOf(gateway)).toMatch(/gateways list/)
})
