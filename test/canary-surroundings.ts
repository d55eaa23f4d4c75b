import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect } from 'vitest'
import type { Canary } from './canary.ts'
import { type Answer, ask, type Product } from './product.ts'

const ofProvider = 'canary-of-the-provider-0123456789abcdefghij'
const ofNextProvider = 'canary-of-the-replaced-provider-0123456789ab'
const ofMail = 'canary-of-the-mail-server-0123456789abcdefgh'

/** A mail server that takes no login, and says back what it was sent. */
export async function startRudeMail() {
  let logins = 0
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.write('220 mail.example ESMTP\r\n')
    socket.on('data', (piece: Buffer) => {
      const [said = ''] = String(piece).split('\r\n')
      if (said.startsWith('EHLO')) return void socket.write('250-mail.example\r\n250 AUTH PLAIN\r\n')
      if (said.startsWith('AUTH')) logins += 1
      socket.write(
        `535 ${said} ${Buffer.from(said.split(' ').at(-1) ?? '', 'base64')
          .toString()
          .replaceAll('\0', ' ')}\r\n`,
      )
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    env: { OSTIARY_SMTP_URL: `smtp://keeper:${ofMail}@127.0.0.1:${port}`, OSTIARY_MAIL_FROM: 'keys@example.com' },
    canaries: [{ name: 'the password of the mail server', value: ofMail }] satisfies Canary[],
    logins: () => logins,
    stop: async () => void server.close(),
  }
}

type Seen = { readonly rest: Product['rest']; readonly keep: (answer: Answer) => void }

/** A model behind the server that says back everything: asked, refused, tested, changed, and what is told of it. */
export async function callModels(product: Product, seen: Seen, upstream: string): Promise<Canary[]> {
  const made = await seen.rest('POST', '/providers', {
    slug: 'echo-llm',
    dialect: 'openai',
    baseUrl: `${upstream}/v1`,
    credential: { value: ofProvider },
    models: [{ id: 'm', price: { inputPerMillion: '1', outputPerMillion: '1' } }],
  })
  expect([made.status, made.text]).toEqual([201, made.text])
  const { body } = await product.rest('POST', '/keys', {
    name: 'of models',
    llm: { providers: { mode: 'all' } },
    limits: { requestsPerMinute: 100 },
    budgets: [{ usd: '5' }],
  })
  const say = async (more: object = {}) => {
    const answer = await ask(`${product.gatewayUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${body.secret}` },
      body: JSON.stringify({ model: 'm', max_tokens: 5, messages: [{ role: 'user', content: 'hi' }], ...more }),
    })
    seen.keep(answer)
    return answer
  }
  expect((await say()).status).toBe(200)
  for (const more of [
    { stream: true },
    { model: 'nobodys' },
    { model: `echo-llm/${body.secret}` },
    { tools: body.secret },
  ])
    await say(more)
  await seen.rest('POST', '/providers/echo-llm/test', { waitMs: 1000 })
  await seen.rest('PATCH', '/providers/echo-llm', { credential: { value: ofNextProvider } })
  expect((await say()).status).toBe(200)
  await seen.rest('PATCH', '/providers/echo-llm', { credential: { value: ofNextProvider, colour: 'red' } })
  const [budget] = (await seen.rest('GET', '/budgets')).body.items
  await seen.rest('GET', `/budgets/${budget.id}/entries`)
  await seen.rest('GET', `/budgets/${budget.id}/entries.csv`)
  for (const path of pages) await seen.rest('GET', path)
  return [
    { name: "a provider's credential", value: ofProvider },
    { name: "a provider's next credential", value: ofNextProvider },
  ]
}

const pages = [
  '/providers',
  '/providers/echo-llm',
  '/providers/echo-llm/models',
  '/limits',
  '/budgets',
  '/requests',
  '/requests.csv',
  '/requests.json',
  '/usage',
  '/usage.csv',
  '/findings',
  '/notifications',
  '/notifications/preferences',
]
