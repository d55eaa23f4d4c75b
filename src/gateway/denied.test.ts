import { expect, test } from 'vitest'
import { newKey } from '../../test/fake-control.ts'
import { checks } from '../access/checks.ts'
import { problems, statusOf } from '../problems.ts'
import { denied, noLonger } from './denied.ts'
import { details } from './refusals.data.ts'

const codes = [...new Set(checks.flatMap((check) => check.codes))]

test.each(codes)('G12 %s tells the caller what happened and the way out, in a sentence of its own', (code) => {
  const said = details[code] ?? ''
  expect(said.startsWith(problems[code].title)).toBe(true)
  expect(said.length).toBeGreaterThan(problems[code].title.length + 10)
})

test('G12 what is shown names the key’s revision and a public rule, what is logged the rule and its own', async () => {
  const { record: key } = await newKey()
  const { problem } = denied(
    { kind: 'deny', code: 'server_not_allowed', rule: 'owner.catalogs', revision: 99 },
    { key },
  )
  expect(problem.data).toEqual({ rule: 'server', revision: key.revision })
  expect(problem.log).toEqual({ rule: 'owner.catalogs', ruleRevision: 99 })
})

test('G12 at the door the log tells a key that is over from a secret that was replaced', async () => {
  const { record: key } = await newKey()
  const ruleOf = (record: typeof key) => noLonger('key_revoked', record, 0).problem.log
  expect(ruleOf({ ...key, state: 'revoked' })).toEqual({ rule: 'key.state', ruleRevision: key.revision })
  expect(ruleOf(key)).toEqual({ rule: 'key.secrets', ruleRevision: key.revision })
})

test('tiers that met below a key are 403 here, as nothing of the call itself is malformed', async () => {
  const { record: key } = await newKey()
  const { problem } = denied({ kind: 'deny', code: 'environment_mixed', rule: 'key.projects', revision: 1 }, { key })
  expect(statusOf(problem)).toBe(403)
})

test('the checks at the door ask who comes, from where and to whom, and nothing of what is called', () => {
  const atTheDoor = checks.filter((check) => check.atTheDoor)
  expect(atTheDoor.map(({ name }) => name)).toEqual(['standing', 'child', 'owner', 'gateway', 'address', 'network'])
})
