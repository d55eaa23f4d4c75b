import { expect, test } from 'vitest'
import type { Log } from '../observe/log.ts'
import type { FromChild, Role, ToChild } from './messages.ts'
import { type ChildProcess, reachable, Supervisor } from './supervisor.ts'

const quiet: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => quiet,
  lines: () => null,
}

/** Time that stands still until it is told to go on. */
function virtualTime() {
  let now = 0
  let timers: { at: number; run: () => void }[] = []
  return {
    monotonic: () => now,
    after: (ms: number, run: () => void) => {
      const timer = { at: now + ms, run }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    pass: (ms: number) => {
      const until = now + ms
      for (;;) {
        const [next] = timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)
        if (next === undefined) break
        timers = timers.filter((other) => other !== next)
        now = next.at
        next.run()
      }
      now = until
    },
  }
}

type Fake = ChildProcess & {
  readonly role: Role
  readonly received: ToChild[]
  readonly say: (message: FromChild) => void
  readonly die: (how?: string) => void
}

const alone = ['embedded']

function world(names: readonly string[] = alone) {
  const time = virtualTime()
  const children: Fake[] = []
  const pids: number[][] = []
  const fork = (role: Role): ChildProcess => {
    const received: ToChild[] = []
    let hear: (message: FromChild) => void = () => {}
    let gone: (how: string) => void = () => {}
    const child: Fake = {
      role,
      received,
      pid: children.length + 1,
      send: (message) => void received.push(message),
      onMessage: (listener) => {
        hear = listener
      },
      onExit: (listener) => {
        gone = listener
      },
      kill: () => gone('signal SIGKILL'),
      say: (message) => hear(message),
      die: (how = 'signal SIGKILL') => gone(how),
    }
    children.push(child)
    return child
  }
  const supervisor = new Supervisor({
    ...time,
    fork,
    log: quiet,
    gateways: names.map((name) => ({ name, token: `token of ${name}` })),
    bootstrapToken: 'bootstrap',
    onChildren: (list) => pids.push(list),
    onProgress: () => {},
  })
  const latest = (role: Role): Fake => {
    const found = children.findLast((child) => child.role === role)
    if (found === undefined) throw new Error(`no ${role} was forked`)
    return found
  }
  const up = (role: Role): void => {
    latest(role).say({ type: 'listening', url: `http://127.0.0.1:${role === 'control' ? 8421 : 8420}` })
    latest(role).say({ type: 'ready' })
  }
  return { supervisor, time, children, pids, latest, up }
}

async function running() {
  const all = world()
  const started = all.supervisor.start()
  all.up('control')
  all.up('gateway')
  return { ...all, started: await started }
}

test('both children are forked at once, and the gateway learns where the feed is when control listens', async () => {
  const { supervisor, children, latest, up } = world()
  const started = supervisor.start()
  expect(children.map(({ role }) => role)).toEqual(['control', 'gateway'])
  expect(latest('control').received).toEqual([
    { type: 'start', role: 'control', port: null, gateways: [{ name: 'embedded', token: 'token of embedded' }] },
  ])
  expect(latest('gateway').received).toEqual([])
  latest('control').say({ type: 'listening', url: 'http://0.0.0.0:9001' })
  expect(latest('gateway').received).toEqual([
    {
      type: 'start',
      role: 'gateway',
      name: 'embedded',
      gatewayToken: 'token of embedded',
      sharing: null,
      bootstrapToken: 'bootstrap',
      feedUrl: 'http://127.0.0.1:9001',
      port: null,
    },
  ])
  latest('control').say({ type: 'setup-link', url: 'http://127.0.0.1:9001/setup#code' })
  latest('control').say({ type: 'ready' })
  up('gateway')
  expect(await started).toEqual({
    control: 'http://0.0.0.0:9001',
    gateway: 'http://127.0.0.1:8420',
    setupLink: 'http://127.0.0.1:9001/setup#code',
  })
})

test('a first start that fails ends both and says the sentence of the one that failed', async () => {
  const { supervisor, latest } = world()
  const started = supervisor.start()
  latest('control').say({ type: 'failed', message: 'Port 8421 on 127.0.0.1 is in use by another program.' })
  latest('control').die('code 1')
  await expect(started).rejects.toThrow('Port 8421 on 127.0.0.1 is in use by another program.')
})

test('a child that is killed starts again within 2 s, on the port that clients know', async () => {
  const { time, children, latest } = await running()
  latest('gateway').die()
  time.pass(100)
  expect(children).toHaveLength(3)
  expect(latest('gateway').received[0]).toMatchObject({ type: 'start', feedUrl: 'http://127.0.0.1:8421', port: 8420 })
})

const gone = { type: 'gateway-gone', name: 'embedded' } as const

test('control hears that the gateway was reaped before a new one starts', async () => {
  const { time, children, latest } = await running()
  latest('gateway').die()
  expect(children).toHaveLength(2)
  expect(latest('control').received.filter(({ type }) => type === 'gateway-gone')).toEqual([gone])
  time.pass(100)
  expect(latest('control').received.filter(({ type }) => type === 'gateway-gone')).toEqual([gone])
})

test('a control that comes back hears of a gateway that was reaped meanwhile, whether or not the next one runs', async () => {
  const { time, children, latest, up } = await running()
  latest('control').die()
  latest('gateway').die()
  time.pass(100)
  expect(children.slice(2).map(({ role }) => role)).toEqual(['control', 'gateway'])
  expect(latest('control').received.map(({ type }) => type)).toEqual(['start', 'gateway-gone'])

  for (const role of ['control', 'gateway'] as const) up(role)
  time.pass(3000)
  latest('control').die()
  time.pass(50)
  latest('gateway').die()
  time.pass(49)
  expect(children).toHaveLength(4)
  time.pass(1)
  expect(latest('control').received.map(({ type }) => type)).toEqual(['start', 'gateway-gone'])
})

test('a control that comes back to a gateway that was forked without any control hears that the one before is gone', async () => {
  const { time, children, latest, up } = await running()
  for (const role of ['gateway', 'control'] as const) latest(role).die()
  time.pass(100)
  expect(children.slice(2).map(({ role }) => role)).toEqual(['gateway', 'control'])
  expect(latest('control').received.map(({ type }) => type)).toEqual(['start', 'gateway-gone'])
  up('control')
  latest('control').die()
  time.pass(200)
  // It has met the control in between, and may be deciding with what that one said.
  expect(children).toHaveLength(5)
  expect(latest('control').received.map(({ type }) => type)).toEqual(['start'])
})

test('a control that comes back to a gateway that runs does not hear that it is gone', async () => {
  const { time, latest } = await running()
  latest('control').die()
  time.pass(100)
  expect(latest('control').received.map(({ type }) => type)).toEqual(['start'])
})

test('crash loops back off from 0.1 s to 30 s, and from the fifth crash on readiness of the other one is red', async () => {
  const { time, latest, children } = await running()
  const delays: number[] = []
  for (let crash = 1; crash <= 11; crash++) {
    const before = children.length
    const at = time.monotonic()
    latest('gateway').die('code 1')
    expect(latest('control').received.filter(({ type }) => type === 'degraded').length > 0).toBe(crash >= 5)
    while (children.length === before) time.pass(50)
    delays.push(time.monotonic() - at)
  }
  expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000])
})

test('a child that stays up takes the red back and its next crash counts as the first', async () => {
  const { time, latest, up, children } = await running()
  for (let crash = 1; crash <= 6; crash++) {
    latest('gateway').die('code 1')
    time.pass(30_000)
  }
  up('gateway')
  time.pass(2999)
  expect(latest('control').received.at(-1)).toEqual({
    type: 'degraded',
    why: 'the gateway process crashed 6 times in a row',
  })
  time.pass(1)
  expect(latest('control').received.at(-1)).toEqual({ type: 'degraded', why: null })
  const before = children.length
  latest('gateway').die()
  time.pass(100)
  expect(children).toHaveLength(before + 1)
})

test('a control that comes back while the gateway is failing is told that it is not ready', async () => {
  const { time, latest } = await running()
  for (let crash = 1; crash <= 5; crash++) {
    latest('gateway').die('code 1')
    if (crash < 5) time.pass(30_000)
  }
  latest('control').die()
  time.pass(100)
  expect(latest('control').received).toContainEqual({
    type: 'degraded',
    why: 'the gateway process crashed 5 times in a row',
  })
})

test('a drain ends the gateway first, then control, and nothing starts again', async () => {
  const { supervisor, time, latest, children, pids } = await running()
  const drained = supervisor.drain(30)
  expect(latest('gateway').received.at(-1)).toEqual({ type: 'drain', seconds: 30 })
  expect(latest('control').received.at(-1)?.type).toBe('start')
  latest('gateway').die('code 0')
  await new Promise<void>((resolve) => setImmediate(resolve))
  expect(latest('control').received.at(-1)).toEqual({ type: 'drain', seconds: 30 })
  latest('control').die('code 0')
  await drained
  time.pass(60_000)
  expect(children).toHaveLength(2)
  expect(pids.at(-1)).toEqual([])
})

test('a child that does not end in its time is killed', async () => {
  const { supervisor, time, latest } = await running()
  const drained = supervisor.drain(30)
  time.pass(35_000)
  await new Promise<void>((resolve) => setImmediate(resolve))
  latest('control').die('code 0')
  await drained
})

test('a drain while a child waits for its restart ends the other one and stays down', async () => {
  const { supervisor, time, latest, children } = await running()
  latest('gateway').die()
  const drained = supervisor.drain(1)
  await Promise.resolve()
  latest('control').die('code 0')
  await drained
  time.pass(60_000)
  expect(children).toHaveLength(2)
})

test.each([
  ['http://0.0.0.0:8421', 'http://127.0.0.1:8421'],
  ['https://[::]:8421', 'https://[::1]:8421'],
  ['http://10.0.0.5:80', 'http://10.0.0.5'],
])('the feed of %s is reached at %s', (bound, url) => {
  expect(reachable(bound)).toBe(url)
})

/** Control on 8421 and three gateways that share 8420. */
async function runningThree() {
  const all = world(['embedded', 'embedded-2', 'embedded-3'])
  const started = all.supervisor.start()
  const control = all.latest('control')
  const gateways = all.children.filter(({ role }) => role === 'gateway')
  const ready = (child: Fake) => {
    child.say({ type: 'listening', url: 'http://127.0.0.1:8420' })
    child.say({ type: 'ready' })
  }
  all.up('control')
  const [first, second, third] = gateways
  if (!first || !second || !third) throw new Error('three gateways were not forked')
  return { ...all, isStarted: started, control, first, second, third, ready }
}
const startsOf = (child: Fake) => child.received.filter(({ type }) => type === 'start')

test('of several gateways the first looks whether the port is free, and the others join the one that it got', async () => {
  const { isStarted, control, first, second, third, ready } = await runningThree()
  expect(control.received[0]).toMatchObject({
    gateways: ['embedded', 'embedded-2', 'embedded-3'].map((name) => ({ name, token: `token of ${name}` })),
  })
  expect(startsOf(first)).toMatchObject([{ name: 'embedded', port: null, sharing: 'first' }])
  expect([...startsOf(second), ...startsOf(third)]).toEqual([])
  ready(first)
  for (const [child, name] of [
    [second, 'embedded-2'],
    [third, 'embedded-3'],
  ] as const) {
    expect(startsOf(child)).toMatchObject([
      { name, gatewayToken: `token of ${name}`, port: 8420, sharing: 'joins', feedUrl: 'http://127.0.0.1:8421' },
    ])
    ready(child)
  }
  expect((await isStarted).gateway).toBe('http://127.0.0.1:8420')
})

test('one of several gateways that dies comes back on the same port, and control hears which one it was', async () => {
  const { isStarted, time, control, children, first, second, third, ready } = await runningThree()
  for (const each of [first, second, third]) ready(each)
  await isStarted
  for (const [child, name] of [
    [second, 'embedded-2'],
    [first, 'embedded'],
  ] as const) {
    child.die()
    expect(control.received.at(-1)).toEqual({ type: 'gateway-gone', name })
    time.pass(100)
    expect(startsOf(children.at(-1) ?? child)).toMatchObject([{ name, port: 8420, sharing: 'joins' }])
  }
})

test('a control that comes back hears of those gateways that are gone, and of no other', async () => {
  const { isStarted, time, latest, first, second, third, ready } = await runningThree()
  for (const each of [first, second, third]) ready(each)
  await isStarted
  latest('control').die()
  second.die()
  time.pass(100)
  const said = latest('control').received.filter(({ type }) => type === 'gateway-gone')
  expect(said).toEqual([{ type: 'gateway-gone', name: 'embedded-2' }])
})

test('control is red as long as one of its gateways keeps crashing, and the other gateways are not', async () => {
  const { isStarted, time, control, children, first, second, third, ready } = await runningThree()
  for (const each of [first, second, third]) ready(each)
  await isStarted
  let dying = third
  for (let crash = 1; crash <= 5; crash++) {
    dying.die('code 1')
    time.pass(30_000)
    dying = children.at(-1) ?? dying
  }
  const reds = control.received.filter(({ type }) => type === 'degraded')
  expect(reds).toEqual([{ type: 'degraded', why: 'the gateway 3 process crashed 5 times in a row' }])
  ready(dying)
  time.pass(3000)
  expect(control.received.at(-1)).toEqual({ type: 'degraded', why: null })
  expect([...first.received, ...second.received].filter(({ type }) => type === 'degraded')).toEqual([])
})

test('a drain waits for every gateway before it ends control', async () => {
  const { isStarted, supervisor, control, first, second, third, ready } = await runningThree()
  for (const each of [first, second, third]) ready(each)
  await isStarted
  const drained = supervisor.drain(30)
  for (const each of [second, first]) each.die('code 0')
  await new Promise<void>((resolve) => setImmediate(resolve))
  expect(control.received.map(({ type }) => type)).not.toContain('drain')
  third.die('code 0')
  await new Promise<void>((resolve) => setImmediate(resolve))
  expect(control.received.at(-1)).toEqual({ type: 'drain', seconds: 30 })
  control.die('code 0')
  await drained
})
