import { type Issued, type Json, type Product, startProduct } from '../product.ts'
import { behaviours, type MockProvider, startMockProvider } from './mock-provider.ts'

/** The product as it is started, with a provider of each dialect, and keys that may call them. */
export type LlmProduct = {
  readonly product: Product
  readonly mock: MockProvider
  readonly key: Issued
  readonly newKey: (more: Json) => Promise<Issued>
  readonly stop: () => Promise<void>
}

/** What the provider wants to see, and nobody else may. */
export const providerKey = 'sk-mock-0123456789abcdef'
const price = { inputPerMillion: '1', outputPerMillion: '4' }

export async function startLlmProduct(): Promise<LlmProduct> {
  const mock = await startMockProvider()
  const product = await startProduct({ store: 'sqlite' })
  const ids = [...behaviours, 'x'].map((name) => `mock-${name}`)
  const models = ids.map((id) => ({ id, price, ...(id === 'mock-plain' ? { aliases: ['best'] } : {}) }))
  const add = async (provider: Json) => {
    const { status, text } = await product.rest('POST', '/providers', {
      credential: { value: providerKey },
      models,
      ...provider,
    })
    if (status !== 201) throw new Error(`no provider: ${status} ${text}`)
  }
  await add({ slug: 'open', dialect: 'openai', baseUrl: mock.openAiUrl, retries: 0 })
  await add({ slug: 'claude', dialect: 'anthropic', baseUrl: mock.anthropicUrl, retries: 0 })
  const newKey = async (more: Json): Promise<Issued> => {
    const made = await product.rest('POST', '/keys', { name: 'llm', llm: { providers: { mode: 'all' } }, ...more })
    if (made.status !== 201) throw new Error(`no key: ${made.status} ${made.text}`)
    return { id: made.body.key.id, secret: made.body.secret, key: made.body.key }
  }
  return {
    product,
    mock,
    key: await newKey({}),
    newKey,
    stop: async () => {
      await product.stop()
      await mock.stop()
    },
  }
}
