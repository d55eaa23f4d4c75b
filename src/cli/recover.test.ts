import { expect, test } from 'vitest'
import { cliRig } from '../../test/cli-rig.ts'
import type { Recovery } from '../people/resets/schema.ts'
import type { Terminal } from './terminal.ts'

type Query = Parameters<Terminal['recover']>[0]
const url = 'http://127.0.0.1:8421/reset#code'
const owner = { id: 'mem_1', name: 'Ada', email: 'ada@example.com' }
const made: Recovery = { is: 'made', organization: 'default', owner, url, expiresAt: '2026-01-01T00:30:00.000Z' }

/** The command in front of a host that answers as told and remembers what it was asked. */
const rig = (answer: Recovery = made, env: Terminal['env'] = {}) => {
  const asked: Query[] = []
  const recover: Terminal['recover'] = async (query) => {
    asked.push(query)
    return answer
  }
  const { ostiary } = cliRig({}, { env, recover })
  return { asked, run: (...args: string[]) => ostiary('members', 'recover', ...args) }
}

test('the link goes to stdout, whole, alone or as JSON, and what it does is said beside it', async () => {
  const { run } = rig()
  const whole = await run()
  expect(whole).toMatchObject({ code: 0, out: expect.stringMatching(/owner +Ada ada@example\.com\nlink +http.*\n/) })
  expect(whole.err).toContain('switches the second factor off')
  expect(await run('--quiet')).toEqual({ code: 0, out: `${url}\n`, err: '' })
  expect(JSON.parse((await run('--json')).out)).toEqual(made)
})

test('store and address of control come from flags and environment, as control itself reads them', async () => {
  const { asked, run } = rig(made, {
    OSTIARY_DATABASE_URL: 'postgres://db.example/ostiary',
    OSTIARY_CONTROL_PORT: '9001',
  })
  await run('--organization', 'acme', '--email', 'ada@example.com', '--data-dir', '/srv/ostiary')
  await run('--control-public-url', 'https://ostiary.example.com')
  expect(asked[0]).toMatchObject({ dataDir: '/srv/ostiary', organization: 'acme', owner: 'ada@example.com' })
  expect(asked[0]?.databaseUrl?.reveal()).toBe('postgres://db.example/ostiary')
  expect(asked.map(({ controlUrl }) => controlUrl)).toEqual(['http://127.0.0.1:9001', 'https://ostiary.example.com'])
  const elsewhere = rig(made, { OSTIARY_CONTROL_HOST: '::1', OSTIARY_CONTROL_TLS_CERT: '/c.pem' })
  await elsewhere.run()
  expect(elsewhere.asked[0]?.controlUrl).toBe('https://[::1]:8421')
})

test('what cannot be is said in one sentence, with the exit code of its kind', async () => {
  const several: Recovery = {
    is: 'several',
    organization: 'acme',
    owners: [owner, { ...owner, id: 'mem_2', email: '' }],
  }
  const choose = await rig(several).run()
  expect([choose.code, choose.out]).toEqual([2, ''])
  expect(choose.err).toMatch(/ada@example\.com +Ada\nmem_2 +Ada\nostiary: acme has several owners: name one/)
  const absent = await rig({ is: 'absent', why: 'There is no database.' }).run()
  expect(absent).toEqual({ code: 4, out: '', err: 'ostiary: There is no database. (not_found)\n' })
  expect(await rig({ is: 'failed', why: 'No.' }).run()).toMatchObject({ code: 1, err: 'ostiary: No. (failed)\n' })
  for (const env of [
    { OSTIARY_CONTROL_PORT: '0' },
    { OSTIARY_MASTER_KEY: 'short' },
    { OSTIARY_DATABASE_URL: 'http://x' },
  ]) {
    const { asked, run } = rig(made, env)
    expect([(await run()).code, asked]).toEqual([2, []])
  }
})
