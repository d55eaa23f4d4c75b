import { parseArgs } from 'node:util'
import { startProduct } from '../product.ts'
import { startNode } from '../programs.ts'
import { report, runEras } from './run.ts'
import type { Target } from './suite.ts'

/**
 * `npm run conformance`: every check of the suite, direct and through the gateway, must give the same verdict (G11).
 * Without flags it starts our fixture and a whole product; `--direct URL --through URL --key K` compares what runs.
 */
const { values } = parseArgs({
  options: {
    direct: { type: 'string' },
    through: { type: 'string' },
    key: { type: 'string' },
    'direct-only': { type: 'boolean', default: false },
  },
})
const cleanUp: (() => Promise<unknown>)[] = []

async function main(): Promise<number> {
  const direct: Target = { url: values.direct ?? (await startFixture()) }
  const through = values['direct-only'] ? null : await gatewayInFrontOf(direct.url)
  const results = await runEras(direct, through)
  process.stdout.write(report(results))
  return results.every((result) => result.differences.length === 0) ? 0 : 1
}

async function startFixture(): Promise<string> {
  const fixture = startNode(['test/fixtures/mcp-fixture.ts'])
  cleanUp.push(() => fixture.stop())
  const [url] = await fixture.says(/http:\S+/)
  return url
}

async function gatewayInFrontOf(url: string): Promise<Target> {
  if (values.through !== undefined)
    return values.key === undefined ? { url: values.through } : { url: values.through, key: values.key }
  const product = await startProduct({ store: 'sqlite' })
  cleanUp.push(() => product.stop())
  await product.addServer({ slug: 'fixture', transport: { type: 'http', url } })
  const key = await product.createKey('conformance', 'fixture')
  return { url: `${product.gatewayUrl}/mcp-connect/fixture`, key: key.secret }
}

try {
  process.exitCode = await main()
} finally {
  await Promise.allSettled(cleanUp.map((end) => end()))
}
