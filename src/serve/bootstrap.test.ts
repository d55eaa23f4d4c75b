import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Product, startProduct } from '../../test/product.ts'
import { eventually } from '../../test/programs.ts'

let product: Product
beforeAll(async () => {
  product = await startProduct({ store: 'sqlite', env: { OSTIARY_LOG_LEVEL: 'debug' } })
})
afterAll(() => product?.stop())

test('G6 the gateway, which is started without the bootstrap token, still takes it out of its log and refuses it as a key', async () => {
  await product.addServer({ slug: 'down', transport: { type: 'http', url: 'http://127.0.0.1:9/mcp' } })
  const { secret } = await product.createKey('caller')
  const name = product.bootstrapToken
  await product.call('down', secret, { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name } })
  const refused = await product.call('down', name, { jsonrpc: '2.0', id: 1, method: 'ping' })
  expect([refused.status, refused.body.error.data.code]).toEqual([401, 'key_invalid'])
  await eventually(() => product.logs().includes('[redacted bootstrap token]'), 'the call is in the log')
  expect(product.logs()).not.toContain(name)
})
