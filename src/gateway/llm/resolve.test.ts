import fc from 'fast-check'
import { expect, test } from 'vitest'
import { gatewayId, organizationId, projectId, scopeOf } from '../../../test/fake-control.ts'
import { model, provider } from '../../../test/llm/providers.ts'
import { decide, type Subject } from '../../access/decide.ts'
import type { Choice, KeyRecord } from '../../keys/schema.ts'
import type { ProviderRecord } from '../../providers/schema.ts'
import { type Ask, fallbackOf, modelsFor, nameOf, resolve } from './resolve.ts'

const names = ['a', 'b', 'c', 'x/a', 'p1/a'] as const
const name = fc.constantFrom(...names)
const choice = <T extends string>(items: readonly T[]): fc.Arbitrary<Choice> =>
  fc.oneof(
    fc.constant<Choice>({ mode: 'all' }),
    fc.constant<Choice>({ mode: 'none' }),
    fc.record({ mode: fc.constantFrom('only', 'except'), items: fc.subarray([...items]) }),
  )
const ids = [1, 2, 3].map((at) => `prv_${`p${at}`.padEnd(16, '0')}`)

const record = (
  at: number,
  dialect: 'openai' | 'anthropic',
  models: readonly ProviderRecord['models'][number][],
): ProviderRecord => ({ ...provider(`p${at}`, 'http://x/v1', models, { dialect }), injection: null })

const models = fc.uniqueArray(
  fc.record({
    id: name,
    aliases: fc.subarray(['best', 'b']),
    fallbacks: fc.subarray(['p1/a', 'p2/b', 'p3/best', 'nobody/a', 'a']),
  }),
  { maxLength: 3, selector: ({ id }) => id },
)
const providers = fc
  .tuple(
    models,
    models,
    models,
    fc.array(fc.constantFrom('openai' as const, 'anthropic' as const), { minLength: 3, maxLength: 3 }),
  )
  .map(([one, two, three, dialects]) =>
    [one, two, three].map((list, at) =>
      record(
        at + 1,
        dialects[at] ?? 'openai',
        list.map(({ id, ...more }) => model(id, more)),
      ),
    ),
  )

const subjectOf = (
  llm: { providers: Choice; models: Choice; enabled: boolean },
  inCatalog: readonly string[],
): Subject => ({
  key: {
    kind: 'key',
    organization: organizationId,
    id: 'key_0000000000000001',
    revision: 7,
    tokenKind: 'k',
    name: 'k',
    owner: { type: 'member', id: 'mem_0000000000000001', name: 'Ada' },
    state: 'active',
    expiresAt: null,
    scope: scopeOf({ llm }),
    maxStalenessSeconds: null,
    versions: [],
    epoch: 1,
    metadata: '{}',
    honey: false,
    pin: null,
  } as KeyRecord,
  child: null,
  backing: {
    isOwned: true,
    app: null,
    addresses: [],
    catalogs: [
      {
        kind: 'catalog',
        organization: organizationId,
        id: 'cat_0000000000000001',
        revision: 1,
        servers: [],
        providers: [...inCatalog],
        audience: { everyone: true, teams: [], members: [] },
      },
    ],
    projects: new Set([projectId]),
    isOneEnvironment: true,
  },
  gateway: gatewayId,
  address: '127.0.0.1',
})
const subject = fc
  .tuple(choice(ids), choice(names), fc.boolean(), fc.subarray(ids, { minLength: 1 }))
  .map(([of, which, enabled, inCatalog]) => subjectOf({ providers: of, models: which, enabled }, inCatalog))
const asked = fc.constantFrom(...names, 'best', 'p1/best', 'p2/b', 'p3/c', 'nobody/a', 'p1/nothing')
const ask = fc.record({
  subject,
  providers,
  dialect: fc.constantFrom('openai' as const, 'anthropic' as const),
  now: fc.constant(0),
})

const isAllowed = ({ subject, now }: Ask, { id, project, models }: ProviderRecord, of: string): boolean =>
  decide(
    subject,
    { kind: 'llm', provider: { id, project, models: new Set(models.map((one) => one.id)) }, model: of },
    now,
  ).kind === 'allow'

test('D31 whatever a name leads to, by alias or fallback, is admitted by the one decision and of the path’s dialect', () => {
  fc.assert(
    fc.property(ask, asked, (it, written) => {
      const route = resolve(it, written)
      if (!route.ok) return
      const tried = new Set([nameOf(route.value)])
      for (let one: typeof route.value | null = route.value; one !== null; one = fallbackOf(it, route.value, tried)) {
        expect(isAllowed(it, one.provider, one.model.id)).toBe(true)
        expect(one.provider.dialect).toBe(it.dialect)
        tried.add(nameOf(one))
      }
    }),
  )
})

test('D31 what is not for the key changes no answer: without it everything reads the same', () => {
  fc.assert(
    fc.property(ask, asked, (it, written) => {
      const mine = it.providers.flatMap((one) => {
        const left = one.models.filter(({ id }) => isAllowed(it, one, id))
        const verdict = decide(it.subject, { kind: 'llm', provider: { ...one, models: new Set() }, model: null }, 0)
        const isMine = verdict.kind === 'allow' || verdict.code === 'model_not_allowed'
        return left.length > 0 || isMine ? [{ ...one, models: left }] : []
      })
      const whole = resolve(it, written)
      const cut = resolve({ ...it, providers: mine }, written)
      if (!whole.ok) expect(cut).toEqual(whole)
      else expect(cut.ok && nameOf(cut.value)).toBe(nameOf(whole.value))
    }),
  )
})

test('D31 the list is exactly what may be called, and each of its names leads there', () => {
  fc.assert(
    fc.property(ask, (it) => {
      const listed = modelsFor(it)
      for (const { name: shown, route } of listed) {
        const found = resolve(it, shown)
        expect(found.ok && nameOf(found.value)).toBe(nameOf(route))
      }
      const all = it.providers
        .filter(({ dialect }) => dialect === it.dialect)
        .flatMap((one) => one.models.filter(({ id }) => isAllowed(it, one, id)).map((of) => `${one.slug}/${of.id}`))
      expect(listed.map(({ route }) => nameOf(route))).toEqual(all)
    }),
  )
})
