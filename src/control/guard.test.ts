import { expect, test } from 'vitest'
import { actorOf } from '../../test/keyring.ts'
import type { Needs } from '../http/route.ts'
import { may } from '../people/may.ts'
import type { Actor, Permission, SessionOfActor } from '../people/schema.ts'
import { ok, refuse } from '../problems.ts'
import { createGuard } from './guard.ts'

const ada = actorOf('org_1', 'mem_1', 'admin')
const inBrowser = (secondFactor: SessionOfActor['secondFactor']): Actor => ({
  ...ada,
  credentialId: 'ses_1',
  session: { id: 'ses_1', secondFactor },
})

/** By a token where there is one, else by the session that the browser brought. */
const asked = async (
  needs: Needs<Permission>,
  given: { authorization?: string; session?: Actor | null; headers?: Record<string, string> },
) => {
  const asks: string[] = []
  const guard = createGuard({
    proveActor: async (authorization) => {
      asks.push('token')
      return authorization === 'Bearer right' ? ok(ada) : refuse('not_signed_in')
    },
    proveSession: async () => {
      asks.push('session')
      return ok(given.session ?? null)
    },
    may,
    attempts: { blocked: () => 0, failed: () => asks.push('failed') },
  })
  const { authorization = null, headers = {} } = given
  const stream = { headers, method: 'GET' }
  const answer = await guard(needs, { authorization, address: '192.0.2.1', isProxy: false, stream })
  return { answer, asks, code: answer.ok ? null : answer.problem.code }
}

test('whoever presents a token is judged by it alone, whatever his browser adds', async () => {
  const session = inBrowser('passed')
  expect(await asked({ right: 'members:read' }, { authorization: 'Bearer right', session })).toMatchObject({
    code: null,
    asks: ['token'],
  })
  expect(await asked({ right: 'members:read' }, { authorization: 'Bearer wrong', session })).toMatchObject({
    code: 'not_signed_in',
    asks: ['token', 'failed'],
  })
  expect((await asked({ right: 'members:read' }, { authorization: '', session })).code).toBe('not_signed_in')
})

test('what is for browsers alone is for no token', async () => {
  for (const right of ['session', 'first-factor'] as const) {
    expect((await asked({ right }, { authorization: 'Bearer right' })).code).toBe('not_permitted')
    expect((await asked({ right }, { session: inBrowser('not-asked') })).code).toBeNull()
    expect((await asked({ right }, {})).code).toBe('not_signed_in')
  }
})

test('a session without the second factor that its role asks for opens the way to it alone', async () => {
  const session = inBrowser('needed')
  const shut: Needs<Permission>[] = [
    ...[{ right: 'anyone' } as const, { right: 'session' } as const, { right: 'operator' } as const],
    { right: 'members:read' },
  ]
  for (const needs of shut) expect((await asked(needs, { session })).code, needs.right).toBe('second_factor_required')
  expect((await asked({ right: 'first-factor' }, { session })).code).toBeNull()
  for (const state of ['passed', 'not-asked'] as const)
    expect((await asked({ right: 'members:read' }, { session: inBrowser(state) })).code).toBeNull()
})

test('a public route asks nobody who he is', async () => {
  const open = { right: 'public', because: 'anybody may' } as const
  expect((await asked(open, { session: inBrowser('passed') })).asks).toEqual([])
})

test('a call says on behalf of which configuration it changes something, in one way', async () => {
  const { answer } = await asked(
    { right: 'anyone' },
    { session: inBrowser('passed'), headers: { 'ostiary-configuration': 'team-a' } },
  )
  expect(answer).toMatchObject({ value: { configuration: 'team-a', address: '192.0.2.1' } })
  for (const name of ['', 'Team A', '../x', 'a'.repeat(300)]) {
    const headers = { 'ostiary-configuration': name }
    expect((await asked({ right: 'anyone' }, { session: inBrowser('passed'), headers })).code).toBe('invalid')
  }
})
