import { parseArgs } from 'node:util'
import { startProduct } from '../product.ts'
import { startNode } from '../programs.ts'
import { isRoute, placeBehind, routes } from './routes.ts'
import { lossesOf, report, runEras } from './run.ts'
import { revisions, type Target } from './suite.ts'

/**
 * `npm run conformance`: every check of the suite, direct and by each route through the gateway, must give the same
 * verdict (G11). `--routes single,aggregated` and `--eras 2026-07-28` choose. Without further flags it starts our
 * fixture and a whole product; `--direct URL --through URL --key K` compares what runs, `--direct-only` what there is.
 */
const { values } = parseArgs({
  options: {
    direct: { type: 'string' },
    through: { type: 'string' },
    key: { type: 'string' },
    routes: { type: 'string', default: routes.join() },
    eras: { type: 'string', default: revisions.join() },
    'direct-only': { type: 'boolean', default: false },
  },
})
const cleanUp: (() => Promise<unknown>)[] = []

async function main(): Promise<number> {
  const direct: Target = { url: values.direct ?? (await startFixture()) }
  const asked = values.eras.split(',')
  const eras = revisions.filter((revision) => asked.includes(revision))
  const results = await runEras(direct, values['direct-only'] ? [] : await routesTo(direct.url), eras)
  process.stdout.write(report(results))
  return lossesOf(results).length === 0 ? 0 : 1
}

async function startFixture(): Promise<string> {
  const fixture = startNode(['test/fixtures/mcp-fixture.ts'])
  cleanUp.push(() => fixture.stop())
  const [url] = await fixture.says(/http:\S+/)
  return url
}

async function routesTo(url: string): Promise<{ route: string; target: Target }[]> {
  const { through, key } = values
  if (through !== undefined)
    return [{ route: 'given', target: key === undefined ? { url: through } : { url: through, key } }]
  const product = await startProduct({ store: 'sqlite' })
  cleanUp.push(() => product.stop())
  const placed = await placeBehind(product, url)
  cleanUp.push(placed.stop)
  const wanted = values.routes.split(',')
  const unknown = wanted.filter((route) => !isRoute(route))
  if (unknown.length > 0) throw new Error(`No such route: ${unknown.join(', ')}. There are ${routes.join(', ')}.`)
  const asked = wanted.filter(isRoute)
  return Promise.all(asked.map(async (route) => ({ route, target: await placed.targetOf(route) })))
}

try {
  process.exitCode = await main()
} finally {
  for (const end of cleanUp.toReversed()) await end()
}
