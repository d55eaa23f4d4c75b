import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import type { Log } from '../observe/log.ts'
import { type Part, runChild } from './child.ts'
import { environmentOf, forkChild } from './fork-child.ts'
import type { FromChild } from './messages.ts'
import { listenForStop } from './signals.ts'
import { welcome } from './welcome.ts'

const quiet: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => quiet,
  lines: () => null,
}
const start = { type: 'start', role: 'control', gateways: [{ name: 'embedded', token: 't' }], port: null } as const

function setUp(part: Partial<Part> | Error) {
  const sent: FromChild[] = []
  const exits: number[] = []
  const timers: (() => void)[] = []
  let say: (message: unknown) => void = () => {}
  let close: () => void = () => {}
  const drains: number[] = []
  let why: () => string | null = () => null
  const steps: string[] = []
  runChild('control', {
    log: quiet,
    exit: (code) => exits.push(code),
    after: (_, run) => {
      timers.push(run)
      return () => {}
    },
    channel: {
      send: (message) => sent.push(message),
      onMessage: (listener) => {
        say = listener
      },
      onClose: (listener) => {
        close = listener
      },
    },
    compose: async (_, degraded) => {
      why = degraded
      if (part instanceof Error) throw part
      return {
        listen: async () => {
          steps.push('listens')
          return { url: 'http://127.0.0.1:1' }
        },
        gatewayGone: (name) => steps.push(`${name} gone`),
        ready: () => true,
        drain: async (seconds) => void drains.push(seconds),
        setupLink: async () => 'http://127.0.0.1:1/setup#c',
        ...part,
      }
    },
  })
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve))
  return {
    sent,
    exits,
    timers,
    drains,
    steps,
    say: (m: unknown) => say(m),
    close: () => close(),
    settle,
    why: () => why(),
  }
}

test('a child reports where it listens, the setup link, and that it is ready', async () => {
  const { sent, say, settle } = setUp({})
  say(start)
  await settle()
  expect(sent).toEqual([
    { type: 'listening', url: 'http://127.0.0.1:1' },
    { type: 'setup-link', url: 'http://127.0.0.1:1/setup#c' },
    { type: 'ready' },
  ])
})

test('a child is not reported as ready before it is', async () => {
  let ready = false
  const { sent, say, settle, timers } = setUp({ ready: () => ready })
  say(start)
  await settle()
  expect(sent.map(({ type }) => type)).toEqual(['listening'])
  ready = true
  timers.splice(0).map((run) => run())
  await settle()
  expect(sent.at(-1)).toEqual({ type: 'ready' })
})

test('G9 a child whose channel closes drains zero seconds and ends', async () => {
  const { drains, exits, say, close, settle } = setUp({})
  say(start)
  await settle()
  close()
  await settle()
  expect([drains, exits]).toEqual([[0], [0]])
})

test('a child whose drain hangs ends all the same', async () => {
  const { exits, say, close, settle, timers } = setUp({ drain: () => new Promise(() => {}) })
  say(start)
  await settle()
  close()
  await settle()
  expect(exits).toEqual([])
  timers.splice(0).map((run) => run())
  expect(exits).toEqual([1])
})

test('a child that cannot start says why in one line and ends', async () => {
  const { sent, exits, say, settle } = setUp(new Error('The master key is not the one of this database.\n  at stack'))
  say(start)
  await settle()
  expect(sent).toEqual([{ type: 'failed', message: 'The master key is not the one of this database.' }])
  expect(exits).toEqual([1])
})

test('a child is told that its sibling keeps crashing, and that it recovered', async () => {
  const { say, settle, why } = setUp({})
  say({ type: 'degraded', why: 'the gateway process crashed 5 times in a row' })
  say(start)
  await settle()
  expect(why()).toBe('the gateway process crashed 5 times in a row')
  say({ type: 'degraded', why: null })
  expect(why()).toBeNull()
})

test('what control hears of a reaped gateway while it is being built it knows before a new one can come in', async () => {
  const { say, settle, steps } = setUp({})
  say(start)
  say({ type: 'gateway-gone', name: 'embedded-2' })
  await settle()
  expect(steps).toEqual(['embedded-2 gone', 'listens'])
  say({ type: 'gateway-gone', name: 'embedded-2' })
  expect(steps).toEqual(['embedded-2 gone', 'listens', 'embedded-2 gone'])
})

test('G6 the gateway process does not get what only control needs', () => {
  const env = {
    PATH: '/bin',
    OSTIARY_MASTER_KEY: 'm',
    OSTIARY_BOOTSTRAP_TOKEN: 'b',
    OSTIARY_BOOTSTRAP_TOKEN_FILE: 'b',
    OSTIARY_MASTER_KEY_FILE: 'f',
    OSTIARY_DATABASE_URL: 'd',
    OSTIARY_SMTP_URL: 's',
    OSTIARY_TOKEN: 't',
    OSTIARY_GITHUB_WEBHOOK_SECRET: 'w',
    OSTIARY_GITHUB_TOKEN_FILE: 'g',
    OSTIARY_GATEWAY_PORT: '1',
  }
  expect(environmentOf('gateway', env)).toEqual({ PATH: '/bin', OSTIARY_GATEWAY_PORT: '1' })
  expect(environmentOf('control', env)).toEqual(env)
})

test('a child that ends says how', async () => {
  const entry = path.join(mkdtempSync(path.join(os.tmpdir(), 'ostiary-child-')), 'entry.cjs')
  writeFileSync(entry, 'process.exit(process.argv[2] === "child" && process.argv[3] === "control" ? 3 : 4)')
  const child = forkChild({ entry, flags: [], env: { PATH: process.env['PATH'] } })('control')
  expect(await new Promise<string>((resolve) => child.onExit(resolve))).toBe('code 3')
  rmSync(path.dirname(entry), { recursive: true })
})

test('a second signal means at once, its echo from npm does not', async () => {
  const listeners = new Map<string, (signal: NodeJS.Signals) => void>()
  let now = 0
  const stop = listenForStop({ on: (name, listener) => listeners.set(name, listener) }, () => now)
  let second = false
  void stop.second.then(() => {
    second = true
  })
  listeners.get('SIGINT')?.('SIGINT')
  now = 20
  listeners.get('SIGINT')?.('SIGINT')
  expect(await stop.first).toBe('SIGINT')
  expect(second).toBe(false)
  now = 1000
  listeners.get('SIGTERM')?.('SIGTERM')
  await Promise.resolve()
  expect(second).toBe(true)
})

test('the greeting holds the addresses, the setup link and commands to copy', () => {
  const common = { version: '1.0.0', gateway: 'http://127.0.0.1:8420', dataDir: '/data', seconds: 1.2 }
  const first = welcome({
    ...common,
    control: 'http://127.0.0.1:8421',
    setupLink: 'http://h/setup#c',
    hasBootstrapToken: false,
  })
  for (const part of [
    'http://127.0.0.1:8420',
    'http://127.0.0.1:8421',
    'http://h/setup#c',
    'http://127.0.0.1:8421/dashboard/',
    'servers add',
    'keys create',
    '/mcp-connect/',
  ])
    expect(first).toContain(part)
  expect(first).not.toContain('OSTIARY_URL')
  const later = welcome({ ...common, control: 'http://127.0.0.1:9', setupLink: null, hasBootstrapToken: true })
  expect(later).toContain('export OSTIARY_URL=http://127.0.0.1:9')
  expect(later).toContain('bootstrap token')
})
