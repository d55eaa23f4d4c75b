import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { openDatabase } from '../../src/db/open.ts'
import { base62 } from '../../src/keys/token.ts'
import { startProduct } from '../../test/product.ts'
import { startNode } from '../../test/programs.ts'
import { median } from '../median.ts'
import { table } from '../table.ts'

/** How long `ostiary apply` takes where nothing differs, as a user runs it: a process, files, HTTP, SQLite. */
export async function printApply(count: number): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ostiary-apply-'))
  const product = await startProduct({ store: 'sqlite', quiet: true })
  try {
    const env = { OSTIARY_URL: product.controlUrl, OSTIARY_TOKEN: product.bootstrapToken }
    const file = path.join(folder, 'all.yaml')
    await writeFile(file, textOf(count))
    await seed(path.join(product.dataDir, 'ostiary.db'), count)
    const runs: number[] = []
    let said = ''
    for (let run = 0; run < 5; run += 1) {
      const begun = performance.now()
      const program = startNode(['src/main.ts', 'apply', '-f', file, '--dry-run'], env)
      await program.ended
      runs.push(performance.now() - begun)
      said = program.output().trim().split('\n').at(-1) ?? ''
    }
    const seconds = (ms: number): string => (ms / 1000).toFixed(2)
    process.stdout.write(
      table(
        [`apply, ${count} objects (${said})`, 'median s', 'best s', 'worst s'],
        [
          [
            'start to end of the process',
            seconds(median(runs)),
            seconds(Math.min(...runs)),
            seconds(Math.max(...runs)),
          ],
        ],
      ),
    )
  } finally {
    await product.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

const slugs = (kind: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${kind}-${n}`)
const partsOf = (count: number) => ({
  servers: slugs('srv', Math.floor(count * 0.4)),
  teams: slugs('team', Math.floor(count * 0.3)),
  catalogs: slugs('cat', count - Math.floor(count * 0.4) - Math.floor(count * 0.3)),
})
const inCatalog = (n: number, servers: readonly string[]): string[] =>
  [0, 1, 2].map((step) => servers[(n * 3 + step) % servers.length] ?? '')

function textOf(count: number): string {
  const { servers, teams, catalogs } = partsOf(count)
  return [
    'apiVersion: ostiary/v1\nname: bench\nservers:\n',
    ...servers.map(
      (slug) =>
        `  - slug: ${slug}\n    name: Server ${slug}\n    project: default\n    transport:\n      type: http\n      url: https://${slug}.example.com/mcp\n`,
    ),
    'teams:\n',
    ...teams.map((slug) => `  - slug: ${slug}\n    name: Team ${slug}\n`),
    'catalogs:\n',
    ...catalogs.map((slug, n) => {
      const list = inCatalog(n, servers).map((server) => `      - ${server}\n`)
      return `  - slug: ${slug}\n    servers:\n${list.join('')}    audience:\n      teams:\n        - ${teams[n % teams.length]}\n`
    }),
  ].join('')
}

/** Straight into the tables: ten thousand calls would take minutes and are not what is measured. */
async function seed(file: string, count: number): Promise<void> {
  const quiet = { info: () => {}, warn: () => {}, error: console.error }
  const database = await openDatabase({ kind: 'sqlite', file, transactionLimitMs: 600_000 }, quiet)
  const id = (prefix: string): string => `${prefix}_${base62(16, randomBytes).slice(0, 16)}`
  const { servers, teams, catalogs } = partsOf(count)
  const row = { created_at: 1, revision: 1, managed_by: 'bench' }
  try {
    await database.system.transaction(async (db) => {
      const organization = await db.selectFrom('organizations').select('id').executeTakeFirstOrThrow()
      const project = await db.selectFrom('projects').select('id').executeTakeFirstOrThrow()
      const organization_id = organization.id
      const serverIds = new Map(servers.map((slug) => [slug, id('srv')]))
      const teamIds = teams.map(() => id('team'))
      for (const slug of servers)
        await db
          .insertInto('servers')
          .values({
            ...row,
            organization_id,
            id: serverIds.get(slug) ?? '',
            project_id: project.id,
            slug,
            name: `Server ${slug}`,
            state: 'active',
            transport: JSON.stringify({ type: 'http', url: `https://${slug}.example.com/mcp` }),
            timeouts: '{}',
            tool_prices: '{}',
            per_gateway: 0,
          })
          .execute()
      for (const [n, slug] of teams.entries())
        await db
          .insertInto('teams')
          .values({ ...row, organization_id, id: teamIds[n] ?? '', slug, name: `Team ${slug}`, state: 'active' })
          .execute()
      for (const [n, slug] of catalogs.entries()) {
        const catalog_id = id('cat')
        const values = {
          ...row,
          organization_id,
          id: catalog_id,
          slug,
          name: slug,
          everyone: 0,
          joined_by_new: 0,
        } as const
        await db.insertInto('catalogs').values(values).execute()
        for (const server of inCatalog(n, servers))
          await db
            .insertInto('catalog_servers')
            .values({ organization_id, catalog_id, server_id: serverIds.get(server) ?? '' })
            .execute()
        await db
          .insertInto('catalog_teams')
          .values({ organization_id, catalog_id, team_id: teamIds[n % teamIds.length] ?? '' })
          .execute()
      }
    })
  } finally {
    await database.close()
  }
}
