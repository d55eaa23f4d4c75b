import { afterAll, beforeAll, expect, test } from 'vitest'
import { Document } from 'yaml'
import { createDesk, type Desk } from './configuration-rig.ts'
import { createDice, type Dice } from './many-keys.ts'
import { onEachStore } from './stores.ts'
import { type Running, startControl } from './tenants/control.ts'

type Made = Readonly<Record<string, unknown>>

/** In the form in which it is exported: sorted, without defaults, secrets by the names that exports give them. */
function generate(dice: Dice): Made {
  const chance = (part: number): boolean => dice.next() < part
  const some = <T>(items: readonly T[]): T[] => items.filter(() => chance(0.5))
  const slugs = (kind: string): string[] => some(['a', 'b-b', 'c', 'd4']).map((one) => `${kind}-${one}`)
  const name = (slug: string) => (chance(0.5) ? { name: `Name: of "${slug}" #1` } : {})
  const list = (field: string, items: readonly string[]) => (items.length === 0 ? {} : { [field]: items })
  const projects = slugs('prj')
  const project = () => [...projects, 'default'][dice.below(projects.length + 1)]
  const from = (kind: string, slug: string, what: string) => ({
    from: { env: `${kind}_${slug.toUpperCase().replaceAll('-', '_')}__${what}` },
  })
  const server = (slug: string) => {
    if (chance(0.3)) {
      const env = Object.fromEntries(some(['A', 'TOKEN']).map((one) => [one, from('SERVER', slug, one)]))
      const transport = { type: 'stdio', command: 'node', ...list('args', some(['--x', 'yes', '1e3'])) }
      const whole = { ...transport, ...(Object.keys(env).length === 0 ? {} : { env }) }
      return { slug, ...name(slug), project: project(), transport: whole, ...(chance(0.5) ? { perGateway: true } : {}) }
    }
    const header = chance(0.5) ? { name: 'Authorization' } : { name: 'X-Key', template: 'k {value}' }
    const credential = { slot: 'header', ...header, ...from('SERVER', slug, 'CREDENTIAL') }
    return {
      slug,
      ...name(slug),
      project: project(),
      transport: { type: chance(0.8) ? 'http' : 'sse', url: `https://${slug}.example.com/mcp?x=~1` },
      ...(chance(0.5) ? { credential } : {}),
      ...(chance(0.3) ? { timeouts: { answerSeconds: 30, totalSeconds: 99 } } : {}),
      ...(chance(0.3) ? { toolPrices: { '*': '0.01', null: '1' } } : {}),
    }
  }
  const provider = (slug: string, all: readonly string[]) => ({
    slug,
    ...name(slug),
    project: project(),
    dialect: 'openai',
    baseUrl: `https://${slug}.example.com/v1`,
    ...(chance(0.3) ? { auth: 'api-key' } : {}),
    ...(chance(0.5) ? { credential: from('PROVIDER', slug, 'CREDENTIAL') } : {}),
    ...(chance(0.3) ? { retries: 4 } : {}),
    models: [
      { id: 'end', ...(chance(0.5) ? { price: { inputPerMillion: '2.50', outputPerMillion: '0' } } : {}) },
      {
        id: 'm',
        ...list('aliases', some(['x', 'y'])),
        ...list(
          'fallbacks',
          some(all).map((one) => `${one}/end`),
        ),
      },
    ],
  })
  const [servers, providers, teams] = [slugs('srv'), slugs('prv'), slugs('team')]
  const members = () => list('members', some(['ada@example.com', 'bob@example.com']))
  const audience = () => ({ ...(chance(0.3) ? { everyone: true } : {}), ...list('teams', some(teams)), ...members() })
  const catalog = (slug: string) => {
    const whom = audience()
    const content = { ...list('servers', some(servers)), ...list('providers', some(providers)) }
    return { slug, ...name(slug), ...content, ...(Object.keys(whom).length === 0 ? {} : { audience: whom }) }
  }
  return {
    projects: projects.map((slug) => ({ slug, ...name(slug), ...(chance(0.5) ? { tier: 'staging' } : {}) })),
    servers: servers.map(server),
    providers: providers.map((slug) => provider(slug, providers)),
    teams: teams.map((slug) => ({ slug, ...name(slug), ...members() })),
    catalogs: slugs('cat').map(catalog),
  }
}

const textOf = (made: Made): string => {
  const kinds = Object.entries(made).filter(([, items]) => Array.isArray(items) && items.length > 0)
  return new Document({ apiVersion: 'ostiary/v1', name: 'random', ...Object.fromEntries(kinds) }).toString({
    lineWidth: 0,
  })
}
const withoutNote = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .trimStart()

onEachStore('random configurations', (_open, stores) => {
  let control: Running
  let desk: Desk
  beforeAll(async () => {
    control = await startControl(stores)
    desk = createDesk(control)
    for (const email of ['ada@example.com', 'bob@example.com'])
      await control.done(control.operator, 'POST /members', { email, role: 'member' })
    const words = ['A', 'TOKEN', 'CREDENTIAL'].flatMap((what) =>
      ['SERVER_SRV', 'PROVIDER_PRV'].flatMap((kind) => ['A', 'B_B', 'C', 'D4'].map((one) => `${kind}_${one}__${what}`)),
    )
    for (const word of words) desk.env[word] = 'canary-of-this-run'
  })
  afterAll(async () => {
    desk.remove()
    await control.stop()
  })

  test('what is exported is what was applied, whatever that was, and applying it again does nothing', {
    timeout: 180_000,
  }, async () => {
    const dice = createDice(7)
    const rounds = stores.dialect === 'sqlite' ? 6 : 3
    for (let round = 0; round < rounds; round += 1) {
      // Not everything may become everything: what keeps its project or dialect goes first.
      const cleared = await desk.apply('apiVersion: ostiary/v1\nname: random\nteams: [{slug: team-a}]\n', '--prune')
      expect(cleared, cleared.err).toMatchObject({ code: 0 })
      for (const text of [textOf(generate(dice))]) {
        const applied = await desk.apply(text, '--prune')
        expect(applied.code, `${applied.err}\n${text}`).toBe(0)
        const exported = await desk.exported('--name', 'random')
        expect(withoutNote(exported)).toBe(text)
        expect(exported).not.toContain('canary')
        desk.sent.length = 0
        const second = await desk.apply(exported, '--prune')
        expect([second.code, desk.sent, second.out]).toEqual([0, [], expect.stringContaining('Nothing to do')])
      }
    }
  })
})
