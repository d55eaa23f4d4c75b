import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Json, type Product, startProduct } from './product.ts'

/** Bugs that other gateways had, tried on control: peers-bugs.data.ts has the list. */
let product: Product
beforeAll(async () => {
  product = await startProduct({ store: 'sqlite' })
})
afterAll(() => product?.stop())

test('CVE-2026-42208 a management token of SQL is none, and everything is still there', async () => {
  const { id } = await product.createKey('stays')
  for (const value of [
    "' OR '1'='1",
    "x'; DROP TABLE keys; --",
    "osta_0000000000000000_' UNION SELECT * --",
    'osta_%_%',
  ]) {
    const told = await product.rest('GET', '/keys', undefined, { authorization: `Bearer ${value}` })
    expect([told.status, told.body.code]).toEqual([401, 'not_signed_in'])
  }
  for (const search of ["' OR '1'='1", "%' --", '\\', '%'])
    expect((await product.rest('GET', `/keys?search=${encodeURIComponent(search)}`)).body.items).toEqual([])
  expect((await product.rest('GET', `/keys/${id}`)).status).toBe(200)
})

test('CVE-2026-30623 CVE-2026-42271 CVE-2025-49596 no call but that for a server takes a command', async () => {
  const { paths } = (await product.rest('GET', '/openapi.json')).body
  const calls = Object.entries<Json>(paths).flatMap(([path, methods]) =>
    Object.entries<Json>(methods).map(([method, call]) => ({
      call: `${method.toUpperCase()} ${path.replace(/^\/api\/v1/, '')}`,
      input: JSON.stringify([call.requestBody ?? null, call.parameters ?? null]),
    })),
  )
  expect(calls.length).toBeGreaterThan(60)
  const commanding = calls.filter(({ input }) => /"(command|args|cmd|shell|exec)"/.test(input)).map(({ call }) => call)
  expect(commanding.sort()).toEqual(['PATCH /servers/{id}', 'POST /servers'])
})
