import { afterAll, expect, test } from 'vitest'
import { report, runEras } from './conformance/run.ts'
import { startProduct } from './product.ts'
import { startNode } from './programs.ts'

const cleanUp: (() => Promise<unknown>)[] = []
afterAll(async () => {
  for (const end of cleanUp.toReversed()) await end()
})

test('G11 B20 every check of the conformance suite gives the same verdict with and without the gateway', {
  timeout: 120_000,
}, async () => {
  const fixture = startNode(['test/fixtures/mcp-fixture.ts'])
  cleanUp.push(() => fixture.stop())
  const [url] = await fixture.says(/http:\S+/)
  const product = await startProduct({ store: 'sqlite' })
  cleanUp.push(() => product.stop())
  await product.addServer({ slug: 'fixture', transport: { type: 'http', url } })
  const { secret } = await product.createKey('conformance', 'fixture')
  const results = await runEras({ url }, { url: `${product.gatewayUrl}/mcp-connect/fixture`, key: secret })
  process.stdout.write(report(results))
  expect(results.flatMap((result) => result.differences)).toEqual([])
  // The fixture has all that the suite asks for: fewer checks than these would compare nothing with nothing.
  expect(results.map(({ revision, direct }) => [revision, direct.passed, direct.failed])).toEqual([
    ['2025-11-25', 84, 0],
    // The 30 belong to the tasks extension, which the SDK's server does not have and which no revision scores.
    ['2026-07-28', 164, 30],
  ])
})
