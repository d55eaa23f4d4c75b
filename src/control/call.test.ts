import { randomBytes } from 'node:crypto'
import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { actorOf } from '../../test/keyring.ts'
import { mint } from '../keys/token.ts'
import { ok, refuse } from '../problems.ts'
import { type ControlRoute, createCall, problemAnswer } from './call.ts'

test('whoever is removed while his body is still on its way changes nothing', async () => {
  const done: string[] = []
  const route: ControlRoute = {
    method: 'POST',
    path: '/things',
    summary: 'Makes a thing',
    needs: { right: 'keys:write' },
    body: z.strictObject({ name: z.string() }),
    output: z.strictObject({}),
    handle: async (_actor, { body }) => {
      done.push(z.object({ name: z.string() }).parse(body).name)
      return ok({})
    },
  }
  let isThere = true
  const guard = async () => (isThere ? ok(actorOf('org_1', 'mem_1', 'admin')) : refuse('not_signed_in'))
  const once = () => Promise.reject(new Error('no store in this test'))
  const answer = createCall({ guard, once, log: { error: () => {} } })(route)
  const slow = new IncomingMessage(new Socket())
  slow.headers = { 'content-type': 'application/json', 'content-length': '15' }
  const called = answer({
    ...{ stream: slow, requestId: 'req_1', address: '127.0.0.1', isProxy: false, authorization: 'Bearer x' },
    ...{ path: '/things', rawQuery: '', params: {}, query: {} },
  })
  slow.push('{"name":')
  await new Promise((resolve) => slow.once('data', resolve))
  isThere = false
  slow.push('"slow"}')
  slow.push(null)
  expect((await called).status).toBe(401)
  expect(done).toEqual([])
})

test('G6 a secret that was sent in the place of a name does not come back with the refusal', () => {
  const secret = mint('k', randomBytes).secret.reveal()
  const errors = [{ pointer: `/narrow/${secret}`, detail: 'There is no such field.' }]
  const { body } = problemAnswer(refuse('invalid', { errors }).problem, 'req_1')
  expect(body).toContain(secret.slice(0, 21))
  expect(body).not.toContain(secret.slice(22, 30))
})
