import { startMockProvider } from '../llm/mock-provider.ts'
import type { Json } from '../product.ts'
import { eventually } from '../programs.ts'
import type { Rig } from './rig.ts'

/** Somebody at work with an LLM of known price and a server that is not there: what usage and the log are made of. */
export type Calls = Awaited<ReturnType<typeof startCalls>>

export async function startCalls(rig: Rig) {
  const { done, product } = rig
  const mock = await startMockProvider()
  const price = { inputPerMillion: '1', outputPerMillion: '4' }
  await done('POST /providers', {
    slug: 'open',
    name: 'Open models',
    dialect: 'openai',
    baseUrl: mock.openAiUrl,
    models: ['mock-plain', 'mock-x'].map((id) => ({ id, price })),
    credential: { value: 'sk-mock-0123456789abcdef' },
  })
  for (const [slug, name] of [
    ['wiki', 'Company wiki'],
    ['vault', 'Vault'],
  ])
    await done('POST /servers', { slug, name, transport: { type: 'http', url: 'http://127.0.0.1:9/mcp' } })

  /** What comes after it in the log comes after it on the gateway, so a change of nothing waits for what is before it. */
  const isKnown = async (): Promise<boolean> => {
    const { effect } = await done('PATCH /projects/default?waitMs=10000', {})
    return effect.pending.length === 0 && effect.acked.length > 0
  }
  const all = { mode: 'all' } as const
  const createKey = async (name: string, more: object = {}): Promise<{ id: string; secret: string; key: Json }> => {
    const { key, secret } = await done('POST /keys', {
      name,
      llm: { enabled: true, providers: all, models: all },
      mcp: { enabled: true, servers: { mode: 'only', items: ['wiki'] }, toolsDefault: all },
      ...more,
    })
    await eventually(isKnown, 'the gateway knows the key')
    return { id: key.id, secret, key }
  }
  /** The status of a chat, and the code where it was refused. Again where a busy machine answers "in a moment" (503). */
  const chat = async (
    secret: string,
    model = 'mock-plain',
    again = 4,
  ): Promise<{ status: number; code: string | null }> => {
    const answer = await fetch(`${product.gatewayUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] }),
    })
    const body: Json = await answer.json().catch(() => null)
    if (answer.status === 503 && again > 0) return chat(secret, model, again - 1)
    return { status: answer.status, code: body?.error?.code ?? null }
  }
  const list = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }
  const callServer = async (secret: string, server = 'wiki'): Promise<number> =>
    (await product.call(server, secret, list)).status

  /** Lists are seconds behind: until so many calls stand in the log. */
  const counted = (n: number): Promise<unknown> =>
    eventually(
      async () => {
        const { total } = await done('GET /usage')
        return total.requests + total.refused >= n
      },
      `${n} calls are counted`,
      120_000,
    )
  return { createKey, chat, callServer, counted, stop: mock.stop }
}
