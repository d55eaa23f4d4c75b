import { describe, expect, test } from 'vitest'
import { type Peopled, startPeopled, verdictOf } from './peopled.ts'
import { stores } from './store-kinds.ts'

/** Calls until the gateway that was killed is there again. */
async function answered(of: Peopled, secret: string): Promise<[number, string | null]> {
  for (;;) {
    const answer = await of.call('tools', secret).catch(() => null)
    if (answer !== null && answer.status !== 503) return verdictOf(answer)
  }
}

describe.each(stores)('limits of the product on %s', (store) => {
  test('D21 G3 a key with ten a minute has ten, also when its gateway is killed in between', async () => {
    const of = await startPeopled(store)
    try {
      await of.server('tools', { catalogs: undefined })
      // Within one minute: what the clock cuts in two is looked at again with another key.
      for (let isWhole = false; !isWhole; ) {
        const { id, secret } = await of.key({ mcp: { enabled: true, servers: { mode: 'all' } }, projects: ['default'] })
        const { limit } = await of.make('/limits', { target: { type: 'key', id }, requestsPerMinute: 10 })
        await of.change('PATCH', '/projects/default', {})
        const minute = Math.floor(Date.now() / 60_000)
        const first = await Promise.all(Array.from({ length: 5 }, () => of.verdict('tools', secret)))
        await of.product.kill('gateway')
        const rest = [await answered(of, secret)]
        for (let n = 0; n < 12; n += 1) rest.push(await of.verdict('tools', secret))
        isWhole = Math.floor(Date.now() / 60_000) === minute
        if (!isWhole) continue
        const all = [...first, ...rest]
        const admitted = all.filter(([status]) => status === 200).length
        expect(admitted).toBeLessThanOrEqual(10)
        // A slice, one call, is lost with each process at most, and the one that it fetches meanwhile.
        expect(admitted).toBeGreaterThanOrEqual(7)
        expect(all.filter(([status]) => status !== 200)).toContainEqual([429, 'rate_limited'])
        const shown = await of.see(`/limits/${limit.id}`)
        expect(shown.limit.now.requests.used).toBeLessThanOrEqual(10)
      }
    } finally {
      await of.stop()
    }
  })
})
