import { beforeEach, describe, expect, test } from 'vitest'
import { codeOf, granted } from '../../test/keyring.ts'
import { createProviderRig, pointersOf } from '../../test/provider-rig.ts'
import { onEachStore } from '../../test/stores.ts'

onEachStore('what providers offer', (open) => {
  let rig: Awaited<ReturnType<typeof createProviderRig>>
  beforeEach(async () => {
    rig = await createProviderRig(await open())
  })
  const plain = { slug: 'open', dialect: 'openai', baseUrl: 'https://llm.example.test' }

  describe('presets', () => {
    test('a preset and a credential are enough; address, header and models follow', async () => {
      const { provider } = granted(await rig.create({ slug: 'a', preset: 'anthropic', credential: { value: 'x' } }))
      expect(provider).toMatchObject({
        preset: 'anthropic',
        dialect: 'anthropic',
        baseUrl: 'https://api.anthropic.com/v1',
        auth: 'x-api-key',
        retries: 1,
        timeouts: { connectSeconds: 5, answerSeconds: 600, idleSeconds: 900, totalSeconds: null },
        state: 'unknown',
        checkedAt: null,
      })
      expect(provider.models).toEqual(expect.arrayContaining([{ id: 'claude-sonnet-4-5' }]))
      const none = granted(await rig.create({ slug: 'b', preset: 'openai', models: [] }))
      expect(none.provider.models).toEqual([])
      const router = granted(await rig.create({ slug: 'c', preset: 'openrouter' }))
      expect(router.provider.models.length).toBeGreaterThan(300)
    })

    test('what is given wins over the preset, but never its dialect; Azure needs its address', async () => {
      const given = { baseUrl: 'https://proxy.example.test/', auth: 'api-key', retries: 0, models: [{ id: 'm' }] }
      expect(granted(await rig.create({ slug: 'a', preset: 'openai', ...given })).provider).toMatchObject({
        ...given,
        baseUrl: 'https://proxy.example.test/v1',
      })
      const wrong = await rig.create({ slug: 'b', preset: 'openai', dialect: 'anthropic' })
      expect(pointersOf(wrong)).toEqual(['/dialect'])
      expect(pointersOf(await rig.create({ slug: 'b', preset: 'azure-openai' }))).toEqual(['/baseUrl'])
      const azure = { slug: 'b', preset: 'azure-openai', baseUrl: 'https://mine.openai.azure.com' }
      expect(granted(await rig.create(azure)).provider).toMatchObject({
        baseUrl: 'https://mine.openai.azure.com/openai/v1',
        auth: 'api-key',
        models: [],
      })
      expect(pointersOf(await rig.create({ slug: 'c', baseUrl: plain.baseUrl }))).toEqual(['/dialect'])
      expect(pointersOf(await rig.create({ slug: 'c', dialect: 'openai' }))).toEqual(['/baseUrl'])
      expect(codeOf(await rig.create({ slug: 'c', preset: 'nobody' }))).toBe('invalid')
      expect(granted(await rig.create({ ...plain, slug: 'd', dialect: 'anthropic' })).provider.auth).toBe('x-api-key')
    })

    test('auth, times and retries are changed, and null sets them back', async () => {
      granted(await rig.create({ slug: 'a', preset: 'azure-openai', baseUrl: 'https://x.openai.azure.com' }))
      const changed = { auth: 'bearer', timeouts: { answerSeconds: 30 }, retries: 5 }
      expect(granted(await rig.patch('a', changed)).provider).toMatchObject({
        auth: 'bearer',
        retries: 5,
        timeouts: { answerSeconds: 30, connectSeconds: 5 },
      })
      const back = { auth: null, timeouts: null, retries: null }
      expect(granted(await rig.patch('a', back)).provider).toMatchObject({
        auth: 'api-key',
        retries: 1,
        timeouts: { answerSeconds: 600 },
      })
      for (const bad of [
        { retries: 6 },
        { retries: -1 },
        { retries: 0.5 },
        { timeouts: { answerSeconds: 0 } },
        { auth: 'basic' },
      ])
        expect(codeOf(await rig.patch('a', bad)), JSON.stringify(bad)).toBe('invalid')
    })

    test('the same address written otherwise is no new one, and keeps its credential', async () => {
      granted(await rig.create({ ...plain, credential: { value: 'x' } }))
      expect(
        granted(await rig.patch('open', { baseUrl: 'https://llm.example.test/v1/' })).provider.credential,
      ).not.toBeNull()
      expect(pointersOf(await rig.patch('open', { baseUrl: 'https://llm.example.test/v2' }))).toEqual(['/credential'])
    })
  })

  describe('fallbacks', () => {
    const one = (fallbacks: string[], id = 'm') => ({ models: [{ id, fallbacks }] })
    beforeEach(async () => {
      granted(await rig.create({ ...plain, slug: 'a', models: [{ id: 'm', aliases: ['alias'] }, { id: 'n' }] }))
      granted(await rig.create({ ...plain, slug: 'b', models: [{ id: 'm', fallbacks: ['a/m'] }, { id: 'org/x' }] }))
      granted(await rig.create({ ...plain, slug: 'c', dialect: 'anthropic', models: [{ id: 'm' }] }))
    })

    test('D31 a fallback leads to a model that is there, by id or alias, of the same dialect', async () => {
      expect(
        granted(await rig.create({ ...plain, slug: 'd', ...one(['a/alias', 'b/org/x']) })).provider.models,
      ).toEqual([{ id: 'm', fallbacks: ['a/alias', 'b/org/x'] }])
      const wrong = await rig.create({ ...plain, slug: 'e', ...one(['a/gone', 'nobody/m', 'c/m', 'a/n', 'e/m']) })
      expect(pointersOf(wrong)).toEqual([0, 1, 2, 4].map((at) => `/models/0/fallbacks/${at}`))
      for (const bad of [['m'], ['/m'], ['a/'], ['A/m'], Array(6).fill('a/m')])
        expect(codeOf(await rig.create({ ...plain, slug: 'e', ...one(bad) })), String(bad)).toBe('invalid')
      expect(codeOf(await rig.create({ ...plain, slug: 'e', ...one(['a/m']) }, rig.orgB))).toBe('invalid')
    })

    test('D31 no fallback leads back to where it began, over however many providers', async () => {
      const back = await rig.patch('a', { models: [{ id: 'm', fallbacks: ['b/m'] }] })
      expect(pointersOf(back)).toEqual(['/models/0/fallbacks/0'])
      granted(await rig.create({ ...plain, slug: 'd', ...one(['b/m']) }))
      expect(
        pointersOf(
          await rig.patch('a', {
            models: [
              { id: 'm', fallbacks: ['a/n'] },
              { id: 'n', fallbacks: ['d/m'] },
            ],
          }),
        ),
      ).toEqual(['/models/0/fallbacks/0', '/models/1/fallbacks/0'])
      granted(await rig.patch('a', { models: [{ id: 'm', fallbacks: ['a/n'] }, { id: 'n' }] }))
    })

    test('a slug that others fall back to is neither changed nor set free', async () => {
      expect(codeOf(await rig.patch('a', { slug: 'z' }))).toBe('in_use')
      expect(codeOf(await rig.remove('a'))).toBe('in_use')
      granted(await rig.patch('a', { name: 'Other' }))
      granted(await rig.patch('b', { models: null }))
      granted(await rig.patch('a', { slug: 'z' }))
      granted(await rig.remove('z'))
    })
  })

  describe('prices', () => {
    test('each model is shown with what it costs, by whom and since when; what is unknown is null', async () => {
      const own = {
        from: '2025-06-01T00:00:00Z',
        inputPerMillion: '1.5',
        outputPerMillion: '2',
        reasoningPerMillion: '3',
      }
      const models = [
        { id: 'gpt-4o', aliases: ['4o'] },
        { id: 'mine', price: own, contextTokens: 9, reasoning: false },
        { id: 'what' },
      ]
      granted(await rig.create({ slug: 'a', preset: 'openai', models }))
      const { items } = granted(await rig.models('a'))
      expect(items).toMatchObject([
        {
          id: 'gpt-4o',
          aliases: ['4o'],
          contextTokens: 128_000,
          reasoning: false,
          price: { from: null, inputPerMillion: '2.5', outputPerMillion: '10', source: '@pydantic/genai-prices 0.1.8' },
        },
        {
          id: 'mine',
          contextTokens: 9,
          reasoning: false,
          price: {
            from: '2025-06-01T00:00:00.000Z',
            inputPerMillion: '1.5',
            reasoningPerMillion: '3',
            cachedInputPerMillion: null,
            perCall: '0',
            source: 'organization',
          },
        },
        { id: 'what', contextTokens: null, maxOutputTokens: null, reasoning: null, price: null, prices: [] },
      ])
      expect(codeOf(await rig.call('GET /providers/:id/models', { params: { id: 'a' } }, {}, rig.orgB))).toBe(
        'not_found',
      )
    })

    test.each([
      [{ price: { inputPerMillion: '-1', outputPerMillion: '1' } }],
      [{ price: { inputPerMillion: '1e9', outputPerMillion: '1' } }],
      [{ price: { inputPerMillion: 1, outputPerMillion: '1' } }],
      [{ price: { inputPerMillion: 'NaN', outputPerMillion: '1' } }],
      [{ price: { inputPerMillion: '1' } }],
      [{ price: { inputPerMillion: '1', outputPerMillion: '1', perCall: '1000000' } }],
      [{ price: { inputPerMillion: '1', outputPerMillion: '1', from: 'tomorrow' } }],
      [{ prices: [] }],
      [
        {
          price: { inputPerMillion: '1', outputPerMillion: '1' },
          prices: [{ inputPerMillion: '1', outputPerMillion: '1' }],
        },
      ],
      [
        {
          prices: [
            { from: '2026-01-01T00:00:00Z', inputPerMillion: '1', outputPerMillion: '1' },
            { from: '2026-01-01T01:00:00+01:00', inputPerMillion: '2', outputPerMillion: '1' },
          ],
        },
      ],
    ])('a price that is none is refused: %j', async (model) => {
      expect(codeOf(await rig.create({ ...plain, models: [{ id: 'm', ...model }] }))).toBe('invalid')
    })
  })
})
