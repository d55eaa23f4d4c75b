import { expect, test } from 'vitest'
import type { ServerReport } from '../schema.ts'
import { createLooks, type Look } from './looks.ts'

const look: Look = { organization: 'org_1', server: 'srv_1', revision: 2, waitMs: 1000 }
const report = (more: Partial<ServerReport> = {}): ServerReport => ({
  organization: 'org_1',
  server: 'srv_1',
  revision: 2,
  state: 'ready',
  tools: [],
  ...more,
})

const worldWith = (...gateways: string[]) => {
  const sent: string[] = []
  let timer: { run: () => void; isStopped: boolean } | null = null
  const looks = createLooks({
    send: (organization, server) => {
      sent.push(`${organization} ${server}`)
      return gateways
    },
    setTimer: (_ms, run) => {
      const mine = { run, isStopped: false }
      timer = mine
      return () => {
        mine.isStopped = true
      }
    },
  })
  const over = () => {
    if (timer && !timer.isStopped) timer.run()
  }
  return { looks, sent, over, isStopped: () => timer?.isStopped }
}

test('every gateway is waited for, and says for itself how the server is', async () => {
  const { looks, sent, isStopped } = worldWith('a', 'b', 'a')
  const asked = looks.ask(look)
  looks.heard('a', [report()])
  looks.heard('b', [report({ server: 'srv_2' }), report({ state: 'unreachable', lastError: 'no' })])
  expect(await asked).toEqual([
    { gateway: 'a', said: report() },
    { gateway: 'b', said: report({ state: 'unreachable', lastError: 'no' }) },
  ])
  expect([sent, isStopped()]).toEqual([['org_1 srv_1'], true])
})

test('what is about an older record, another server or another organization is no answer, nor is that a look has begun', async () => {
  const { looks, over } = worldWith('a')
  const asked = looks.ask(look)
  looks.heard('a', [
    report({ revision: 1 }),
    report({ server: 'srv_2' }),
    report({ organization: 'org_2' }),
    report({ state: 'starting' }),
  ])
  looks.heard('somebody else', [report()])
  over()
  expect(await asked).toEqual([{ gateway: 'a', said: null }])
  looks.heard('a', [report()])
})

test('without a gateway nobody waits', async () => {
  expect(await worldWith().looks.ask(look)).toEqual([])
})
