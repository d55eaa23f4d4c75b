import { expect, test } from 'vitest'
import { cliRig, sentenceOf } from '../../test/cli-rig.ts'

const policies = { id: 'org_A', maxExpiresIn: '90d', tiers: { production: { nameTemplate: 'p-*' } }, revision: 3 }
const effect = { acked: [], pending: [], effectiveEverywhereBy: '2026-01-01T00:00:00.000Z' }
const many = Array.from({ length: 21 }, (_, n) => ({ key: `key_${n}`, name: `bot ${n}`, policies: ['maxExpiresIn'] }))
const none = { total: 0, items: [] }

/** Control, which says what a change would touch, and somebody who answers what he is asked. */
function rig(touched: object = { total: 21, items: many }, answer: string | null = null) {
  const questions: string[] = []
  const ask = async (question: string) => {
    questions.push(question)
    return answer ?? ''
  }
  const answers = { 'GET /policies': { policies }, 'PATCH /policies': { policies, touched, effect } }
  const { ostiary, changes } = cliRig(answers, { ask: answer === null ? null : ask })
  const set = (...args: string[]) => ostiary('policies', 'set', '--max-expires', '30d', ...args)
  const done = () => changes().filter(({ path }) => !path.includes('dryRun'))
  return { set, ostiary, changes, done, questions }
}

test('what a stricter policy touches is listed, and done where somebody says yes', async () => {
  const yes = rig(undefined, 'y')
  const ran = await yes.set()
  expect(ran.code).toBe(0)
  expect(ran.err).toContain('This touches 21 keys:\n  key_0  bot 0  maxExpiresIn\n')
  expect(ran.err).toContain('  and 1 more\n')
  expect(yes.questions).toEqual(['Do it? [y/N] '])
  expect(yes.done()).toMatchObject([{ body: { maxExpiresIn: '30d' } }])
  for (const answer of ['', 'n', 'yess', 'no y']) {
    const no = rig(undefined, answer)
    expect(sentenceOf(await no.set())[2]).toContain('Nothing was changed.')
    expect(no.done()).toEqual([])
  }
})

test('where nobody can be asked nothing is changed without --yes, and where no key is touched nobody is asked', async () => {
  const nobody = rig()
  const { code, err } = await nobody.set()
  expect([code === 0, err.includes('Give --yes to do it.')]).toEqual([false, true])
  expect(nobody.done()).toEqual([])
  const said = rig()
  expect((await said.set('--yes')).code).toBe(0)
  expect(said.changes()).toHaveLength(1)
  const harmless = rig(none, 'n')
  expect((await harmless.set()).code).toBe(0)
  expect([harmless.questions, harmless.done().length]).toEqual([[], 1])
})

test('--json never asks, and --dry-run only shows', async () => {
  const program = rig(undefined, 'n')
  const ran = await program.set('--json')
  expect(JSON.parse(ran.out)).toMatchObject({ policies: { id: 'org_A' }, touched: { total: 21 } })
  expect([program.questions, program.changes().length, program.done().length]).toEqual([[], 1, 1])
  const dry = rig(undefined, 'n')
  expect((await dry.set('--dry-run')).out).toMatch(/^This touches 21 keys:\n {2}key_0 {2}bot 0 {2}maxExpiresIn\n/)
  expect(JSON.parse((await dry.set('--dry-run', '--json')).out)).toMatchObject({ touched: { total: 21 } })
  expect((await rig(none).set('--dry-run')).out).toBe('No key is touched.\n')
  expect([dry.questions, dry.done()]).toEqual([[], []])
})

test('what is said for one tier stands beside what was said for it, and nothing else can be said for a tier', async () => {
  const { set, ostiary, changes } = rig(none)
  await set('--tier', 'production')
  await set('--tier', 'staging')
  expect(changes().filter(({ path }) => !path.includes('dryRun'))).toMatchObject([
    { body: { tiers: { production: { nameTemplate: 'p-*', maxExpiresIn: '30d' } } } },
    { body: { tiers: { production: { nameTemplate: 'p-*' }, staging: { maxExpiresIn: '30d' } } } },
  ])
  expect(sentenceOf(await set('--tier', 'moon'))).toEqual([2, '', '--tier must be development, staging or production.'])
  const wrong = await ostiary('policies', 'set', '--time-zone', 'Europe/Zurich', '--tier', 'production')
  expect([wrong.code, wrong.err.includes('--tier goes with what can be said for a tier')]).toEqual([2, true])
})
