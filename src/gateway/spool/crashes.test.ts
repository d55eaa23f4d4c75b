import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { until } from '../../../test/feed-rig.ts'
import { call, connect, createCounting, createMemoryDisk, openRig, reserved, turns } from '../../../test/spool-rig.ts'
import type { OpenMark } from './spool.ts'

type Step =
  | { readonly kind: 'done' | 'open' }
  | { readonly kind: 'end'; readonly which: number }
  | { readonly kind: 'turn' | 'attach' | 'detach' | 'close' }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'full'; readonly code: string | null }

const step = fc.oneof<fc.Arbitrary<Step>[]>(
  fc.record({ kind: fc.constantFrom('done', 'done', 'open', 'turn') }),
  fc.record({ kind: fc.constantFrom('done', 'turn', 'attach', 'detach') }),
  fc.record({ kind: fc.constantFrom('done', 'open') }),
  fc.record({ kind: fc.constant('end'), which: fc.nat(9) }),
  fc.record({ kind: fc.constant('pass'), ms: fc.constantFrom(100, 1000, 31_000) }),
  fc.record({ kind: fc.constant('full'), code: fc.constantFrom('ENOSPC', null, null) }),
)
const life = fc.record({
  steps: fc.array(step, { maxLength: 40, size: 'max' }),
  killedAfter: fc.integer({ min: 3, max: 60 }),
  share: fc.constantFrom(0, 0.1, 0.5, 0.9, 1),
  /** Which answers of control arrive. */
  answers: fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
})
type Life = { steps: readonly Step[]; killedAfter: number; share: number; answers: readonly boolean[] }

test('G9 whatever is killed, lost, late and full: what was released or admitted is counted once, and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(life, { minLength: 1, maxLength: 5 }), async (lives: readonly Life[]) => {
      const [memory, counting] = [createMemoryDisk(), createCounting()]
      /** Released, and not dropped; admitted, since the open record was written. */
      const [sure, begun] = [new Set<string>(), new Set<string>()]
      let calls = 0
      for (const [number, { steps, killedAfter, share, answers }] of lives.entries()) {
        Object.assign(memory.state, { stepsLeft: killedAfter, share, failing: null })
        const { spool, clock } = await openRig({ disk: memory.disk(), boot: `boot_${number}` })
        const born = memory.state.life
        const open: { id: string; mark: OpenMark }[] = []
        let answer = 0
        const doStep = async (one: Step): Promise<void> => {
          if (one.kind === 'done' || one.kind === 'open') calls += 1
          const id = `req_${calls}`
          switch (one.kind) {
            case 'done': {
              begun.add(id)
              const before = spool.dropped()
              spool.done(call(id), null, () => {
                if (memory.state.life === born && spool.dropped() === before) sure.add(id)
              })
              return
            }
            case 'open':
              void spool.open(reserved(id), true).then((mark) => {
                if (!mark.ok) return
                sure.add(id)
                open.push({ id, mark: mark.value })
              })
              begun.add(id)
              return
            case 'end': {
              const [ended] = open.splice(one.which, 1)
              if (ended) spool.done(call(ended.id), ended.mark, () => {})
              return
            }
            case 'attach':
              spool.source.detached()
              connect(spool, counting, () => answers[answer++ % answers.length] ?? true)
              return
            case 'detach':
              return spool.source.detached()
            case 'pass':
              clock.advance(one.ms)
              return
            case 'full':
              memory.state.failing = one.code
              return
            default:
              await turns()
          }
        }
        for (const one of steps) if (memory.state.life === born) await doStep(one)
        memory.state.life += 1
        spool.source.detached()
        await turns()
      }
      Object.assign(memory.state, { stepsLeft: Number.POSITIVE_INFINITY, failing: null })
      const { spool, clock } = await openRig({ disk: memory.disk(), boot: 'boot_last' })
      connect(spool, counting)
      await until(() => {
        clock.advance(1000)
        return [...memory.folders].every((folder) => !folder.includes('/boot_'))
      })
      const ids = counting.ids()
      expect(ids).toEqual([...new Set(ids)])
      for (const id of sure) expect(ids).toContain(id)
      for (const id of ids) expect(begun).toContain(id)
      expect(counting.refused).toEqual([])
    }),
    { numRuns: 100 },
  )
}, 60_000)

/** Processes are started, on a machine that may have other work. */
const slowly = (isTrue: () => boolean) => vi.waitUntil(isTrue, { interval: 2, timeout: 60_000 })

/** A process of its own that admits and ends calls as fast as it can, and says so when it may. */
const writer = path.join(import.meta.dirname, '../../../test/spool-writer.ts')

async function writing(directory: string, boot: string): Promise<{ child: ChildProcess; said: string[] }> {
  const child = fork(writer, [directory, boot], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  const said: string[] = []
  let rest = ''
  child.stdout?.on('data', (text) => {
    const lines = `${rest}${text}`.split('\n')
    rest = lines.pop() ?? ''
    said.push(...lines)
  })
  await slowly(() => said.length > 0)
  return { child, said }
}

test('G9 kill -9 of a process that writes at any moment loses nothing that it has released', {
  timeout: 240_000,
}, async () => {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'ostiary-spool-'))
  const counting = createCounting()
  const said: string[] = []
  for (let turn = 0; turn < 4; turn += 1) {
    const run = await writing(directory, `boot_${turn}`)
    const enough = 200 + Math.floor(Math.random() * 1000)
    await slowly(() => run.said.length > enough)
    const exit = once(run.child, 'close')
    run.child.kill('SIGKILL')
    await exit
    said.push(...run.said)
    // As the page cache may be left by a machine that went down with it.
    if (turn === 2)
      for (const name of readdirSync(path.join(directory, `boot_${turn}`)))
        appendFileSync(path.join(directory, `boot_${turn}`, name), '{"seq":99999999,"id":"to')
  }
  const { spool, clock, alarms } = await openRig({ directory, boot: 'boot_last' })
  connect(spool, counting)
  await slowly(() => {
    clock.advance(100)
    return counting.closed.length === 4
  })
  await until(() => readdirSync(directory).every((name) => name === 'boot_last'))
  expect(alarms.filter((alarm) => alarm.includes('removed'))).toEqual([])
  const counts = new Map(counting.counted.map((record) => [record.id, record]))
  expect(counts.size).toBe(counting.counted.length)
  const ended = new Set(said.filter((line) => line.startsWith('done ')).map((line) => line.slice(5)))
  for (const id of ended) expect(counts.get(id)?.status, id).toBe(200)
  for (const line of said.filter((each) => each.startsWith('open '))) {
    const record = counts.get(line.slice(5))
    if (record?.status === 0) expect(record.charges[0]?.nano, line).toBe(900)
    else expect(record?.status, line).toBe(200)
  }
  expect(ended.size).toBeGreaterThan(500)
  rmSync(directory, { recursive: true })
})
