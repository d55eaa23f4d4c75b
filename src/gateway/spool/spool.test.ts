import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { until } from '../../../test/feed-rig.ts'
import {
  call,
  connect,
  createCounting,
  createMemoryDisk,
  errorOf,
  openRig,
  reserved,
  turns,
} from '../../../test/spool-rig.ts'
import { recordsPerFrame } from '../../fleet/records/schema.ts'
import type { OpenMark, Spool } from './spool.ts'

const done = (spool: Spool, ...ids: string[]) => {
  const released: string[] = []
  for (const id of ids) spool.done(call(id), null, () => released.push(id))
  return released
}
const many = (count: number, name = 'req') => Array.from({ length: count }, (_, n) => `${name}_${n}`)

describe('calls that end', () => {
  test('G9 in one turn of the loop are one write, and none is released before it', async () => {
    const memory = createMemoryDisk()
    const { spool } = await openRig({ disk: memory.disk() })
    const released = done(spool, 'a', 'b', 'c')
    expect([released, memory.state.writes]).toEqual([[], 0])
    await turns()
    expect([released, memory.state.writes]).toEqual([['a', 'b', 'c'], 1])
    const [text = ''] = [...memory.files.values()].map(String)
    expect(text.split('\n').map((line) => line.slice(0, 10))).toEqual(['{"seq":1,"', '{"seq":2,"', '{"seq":3,"', ''])
  })

  test('G9 are written for their owner alone, into the folder of this life of the process', async () => {
    const directory = path.join(mkdtempSync(path.join(os.tmpdir(), 'ostiary-spool-')), 'spool', 'gwy_1')
    const { spool } = await openRig({ directory })
    done(spool, 'a')
    await turns()
    await spool.close()
    const [file = ''] = readdirSync(path.join(directory, 'boot_1'))
    const whole = path.join(directory, 'boot_1', file)
    expect(JSON.parse(readFileSync(whole, 'utf8'))).toMatchObject({ seq: 1, id: 'a' })
    expect(statSync(whole).mode & 0o777).toBe(0o600)
    expect(statSync(path.dirname(whole)).mode & 0o777).toBe(0o700)
    rmSync(path.dirname(path.dirname(directory)), { recursive: true })
  })

  test('G9 outlast a power cut a tenth of a second later', async () => {
    const memory = createMemoryDisk()
    const { spool, clock } = await openRig({ disk: memory.disk() })
    done(spool, 'a')
    await turns()
    expect(memory.state.syncs).toBe(0)
    clock.advance(100)
    await turns()
    expect(memory.state.syncs).toBe(1)
    clock.advance(10_000)
    await turns()
    expect(memory.state.syncs).toBe(1)
  })

  test('G9 outlast it too when they came while a slow disk kept the folder of a new file', async () => {
    const [memory, counting] = [createMemoryDisk(), createCounting()]
    const disk = memory.disk()
    const folder = Promise.withResolvers<void>()
    const { spool, clock } = await openRig({ disk: { ...disk, syncFolder: () => folder.promise } })
    connect(spool, counting)
    done(spool, 'a')
    await turns()
    clock.advance(100)
    await turns()
    done(spool, 'b')
    await turns()
    folder.resolve()
    await until(() => {
      clock.advance(100)
      return counting.counted.length === 2
    })
    expect(counting.ids()).toEqual(['a', 'b'])
  })

  test('G9 are not told before their file is in its folder for good, though the disk failed at that first', async () => {
    const [memory, counting] = [createMemoryDisk(), createCounting()]
    const disk = memory.disk()
    let folders = 0
    const syncFolder = async () => {
      folders += 1
      if (folders < 3) throw errorOf('EIO')
    }
    const { spool, clock } = await openRig({ disk: { ...disk, syncFolder } })
    connect(spool, counting)
    done(spool, 'a')
    await turns()
    await until(() => {
      clock.advance(100)
      return counting.counted.length === 1
    })
    expect(folders).toBe(3)
  })

  test('an accident of one that is released is nobody else’s', async () => {
    const { spool } = await openRig({ disk: createMemoryDisk().disk() })
    const released: string[] = []
    spool.done(call('a'), null, () => {
      throw new Error('the caller is gone')
    })
    spool.done(call('b'), null, () => released.push('b'))
    await turns()
    expect(released).toEqual(['b'])
  })
})

describe('control is told', () => {
  test('G9 everything once, in few frames at a time, and files go when everything in them is counted', async () => {
    const [memory, counting] = [createMemoryDisk(), createCounting()]
    const { spool, clock } = await openRig({ disk: memory.disk(), segmentBytes: 500_000 })
    const held: (() => void)[] = []
    const frames = connect(spool, counting, (frame) => {
      if (frame.type === 'records') held.push(() => spool.source.taken(frame.boot, frame.records.at(-1)?.seq ?? 0))
      return false
    })
    const ids = many(4000)
    for (let at = 0; at < ids.length; at += 200) {
      done(spool, ...ids.slice(at, at + 200))
      await turns()
    }
    expect(memory.files.size).toBeGreaterThan(1)
    await until(() => {
      clock.advance(100)
      return frames.length === 4
    })
    await turns(20)
    expect(frames).toHaveLength(4)
    while (counting.counted.length < ids.length || held.length > 0) {
      held.shift()?.()
      await turns()
      clock.advance(100)
    }
    expect(counting.ids()).toEqual(ids.toSorted())
    for (const frame of frames)
      if (frame.type === 'records') expect(frame.records.length).toBeLessThanOrEqual(recordsPerFrame)
    await until(() => memory.files.size === 1)
  })

  test('G9 again what it has not confirmed: after thirty seconds, and over a new connection', async () => {
    const counting = createCounting()
    const { spool, clock } = await openRig({ disk: createMemoryDisk().disk() })
    const first = connect(spool, counting, () => false)
    done(spool, 'a', 'b')
    const pass = async (ms: number) => {
      for (let passed = 0; passed < ms; passed += 100) {
        clock.advance(100)
        await turns(2)
      }
    }
    await pass(3000)
    expect(first).toHaveLength(1)
    await pass(31_000)
    expect(first).toHaveLength(2)
    expect(first[1]).toEqual(first[0])
    spool.source.detached()
    done(spool, 'c')
    await pass(60_000)
    expect(first).toHaveLength(2)
    const second = connect(spool, counting)
    await pass(3000)
    expect(second.map((frame) => frame.type === 'records' && frame.records.map(({ id }) => id))).toEqual([
      ['a', 'b', 'c'],
    ])
    expect(counting.ids()).toEqual(['a', 'b', 'c'])
    done(spool, 'd')
    await pass(3000)
    expect(second.at(-1)).toMatchObject({ confirmed: 3, records: [{ seq: 4 }] })
  })

  test('G9 nothing twice by an answer that comes late, and nothing is lost by one for what it was never sent', async () => {
    const counting = createCounting()
    const { spool, clock } = await openRig({ disk: createMemoryDisk().disk() })
    connect(spool, counting, () => false)
    done(spool, 'a', 'b')
    const isTold = (count: number) =>
      until(() => {
        clock.advance(100)
        return counting.counted.length === count
      })
    await isTold(2)
    for (const upTo of [99, 1, 2, 1, -5]) spool.source.taken('boot_1', upTo)
    spool.source.taken('boot_of_nobody', 1)
    spool.source.ended('boot_1')
    done(spool, 'c')
    await isTold(3)
    expect(counting.ids()).toEqual(['a', 'b', 'c'])
  })

  test('at a graceful end what it can take in time; the next start tells the rest, and says that it was all', async () => {
    const [memory, counting] = [createMemoryDisk(), createCounting()]
    const { spool, clock } = await openRig({ disk: memory.disk() })
    connect(spool, counting)
    const released = done(spool, 'a')
    const told = spool.told(250)
    await until(() => {
      clock.advance(1)
      return counting.counted.length === 1
    })
    await told
    spool.source.detached()
    released.push(...done(spool, 'b'))
    await spool.close()
    const next = await openRig({ disk: memory.disk(), boot: 'boot_2' })
    connect(next.spool, counting)
    await until(() => counting.closed.length === 1 && ![...memory.folders].some((each) => each.endsWith('boot_1')))
    expect([counting.ids(), counting.closed]).toEqual([['a', 'b'], ['boot_1']])
    expect([...memory.files.keys()].filter((file) => file.includes('boot_1'))).toEqual([])
  })
})

test.each([
  ['hangs', () => new Promise<never>(() => {})],
  ['is broken', () => Promise.reject(errorOf('EIO'))],
])('a graceful end takes no more than its time when the disk %s', async (_how, sync) => {
  const counting = createCounting()
  const { spool, clock } = await openRig({ disk: { ...createMemoryDisk().disk(), sync } })
  connect(spool, counting)
  done(spool, 'a')
  const told = spool.told(250)
  await turns()
  clock.advance(250)
  await told
  expect(counting.ids()).toEqual([])
})

describe('a process that was killed', () => {
  const life = async (memory = createMemoryDisk(), boot = 'boot_1') => {
    const rig = await openRig({ disk: memory.disk(), boot, segmentBytes: 500_000 })
    return { ...rig, memory }
  }
  const opened = async (spool: Spool, id: string): Promise<OpenMark> => {
    const mark = await spool.open(reserved(id), true)
    if (!mark.ok) throw new Error(mark.problem.code)
    return mark.value
  }

  test('G9 has its open calls counted as reserved, once, and the others as they ended', async () => {
    const { spool, memory } = await life()
    const marks = await Promise.all(['a', 'b', 'c'].map((id) => opened(spool, id)))
    spool.done(call('b', { charges: [{ budget: 'bud_1', window: 'total', nano: 3 }] }), marks[1] ?? null, () => {})
    await turns()
    memory.state.life += 1
    const counting = createCounting()
    const next = await life(memory, 'boot_2')
    connect(next.spool, counting)
    await until(() => counting.closed.length === 1)
    expect(
      counting.counted.map(({ boot, seq, id, status, estimated, charges }) => [
        ...[boot, seq, id, status, estimated],
        charges[0]?.nano,
      ]),
    ).toEqual([
      ['boot_1', 1, 'b', 200, false, 3],
      ['boot_1', 2, 'a', 0, true, 900],
      ['boot_1', 3, 'c', 0, true, 900],
    ])
  })

  test('G9 and killed again while it looks at what is left, at any step, counts the same', async () => {
    for (let steps = 1; steps < 14; steps += 1)
      for (const share of [0, 0.5, 1]) {
        const { spool, memory } = await life()
        await opened(spool, 'a')
        await opened(spool, 'b')
        memory.state.life += 1
        const counting = createCounting()
        Object.assign(memory.state, { stepsLeft: steps, share })
        for (const boot of ['boot_2', 'boot_3']) {
          const { spool: next } = await life(memory, boot)
          connect(next, counting)
          await turns(20)
          Object.assign(memory.state, { stepsLeft: Number.POSITIVE_INFINITY, life: memory.state.life + 1 })
        }
        expect(counting.ids(), `${steps} ${share}`).toEqual(['a', 'b'])
        expect(counting.refused).toEqual([])
      }
  })

  test('G9 leaves a torn line, which is none, and what is before it counts', async () => {
    const { spool, memory } = await life()
    done(spool, 'a', 'b')
    await turns()
    memory.state.life += 1
    for (const [file, bytes] of memory.files)
      for (const end of [
        '{"seq":3,"id":"c"',
        '{"seq":3}\n',
        '\0\0\0\0',
        '{"open":9,"id":"d"}\n',
        '\n\n{"seq":2,"id":"b"}\n',
      ])
        memory.files.set(file, Buffer.concat([memory.files.get(file) ?? bytes, Buffer.from(end)]))
    const counting = createCounting()
    const next = await life(memory, 'boot_2')
    connect(next.spool, counting)
    await until(() => counting.closed.length === 1)
    expect(counting.ids()).toEqual(['a', 'b'])
  })

  test('G9 leaves a line that the disk has spoiled, and what is behind it counts', async () => {
    const { spool, memory } = await life()
    done(spool, ...many(9))
    await turns()
    memory.state.life += 1
    for (const [file, bytes] of memory.files)
      memory.files.set(file, Buffer.from(bytes.toString().replace('"id":"req_4"', '"id":7      ')))
    const counting = createCounting()
    const next = await life(memory, 'boot_2')
    connect(next.spool, counting)
    await until(() => {
      next.clock.advance(100)
      return counting.closed.length === 1
    })
    expect(counting.ids()).toEqual(many(9).filter((id) => id !== 'req_4'))
  })

  test('a boot that has written nothing is closed all the same: it may have held money', async () => {
    const { spool, memory } = await life()
    await opened(spool, 'a')
    memory.files.clear()
    memory.state.life += 1
    const counting = createCounting()
    const next = await life(memory, 'boot_2')
    const frames = connect(next.spool, counting)
    await until(() => frames.length === 1)
    expect(frames).toEqual([{ type: 'boot-closed', boot: 'boot_1', last: 0 }])
  })

  test('G9 an open call keeps nothing from being removed, and is not forgotten with its file', async () => {
    const { spool, memory, clock } = await life()
    const counting = createCounting()
    connect(spool, counting)
    const mark = await opened(spool, 'long')
    const ids = many(4000)
    for (let at = 0; at < ids.length; at += 200) {
      done(spool, ...ids.slice(at, at + 200))
      await turns()
    }
    await until(() => {
      clock.advance(100)
      return counting.counted.length === ids.length && memory.files.size === 1
    })
    memory.state.life += 1
    const snapshot = new Map(memory.files)
    const next = await life(memory, 'boot_2')
    connect(next.spool, counting)
    await until(() => counting.closed.length === 1)
    expect(counting.counted.filter(({ id }) => id === 'long')).toHaveLength(1)
    expect([...snapshot.values()].join('')).toContain(`{"open":${mark.place},`)
  })
})

describe('a disk that takes nothing', () => {
  test.each(['ENOSPC', 'EIO'])(
    'G9 refuses budgeted calls and lets the others go on, until it takes something again (%s)',
    async (code) => {
      const [memory, counting] = [createMemoryDisk(), createCounting()]
      const { spool, clock, alarms } = await openRig({ disk: memory.disk() })
      const mark = await spool.open(reserved('paid'), true)
      memory.state.failing = code
      const released = done(spool, 'lost')
      await turns()
      expect([released, spool.isFull(), spool.dropped()]).toEqual([['lost'], true, 1])
      expect(spool.trouble()).toContain('cannot be written down')
      const [budgeted, free] = await Promise.all([spool.open(reserved('x'), true), spool.open(reserved('y'), false)])
      expect(budgeted).toMatchObject({ ok: false, problem: { code: 'spool_full' } })
      expect(free).toEqual({ ok: true, value: { place: 0 } })
      // What was paid is kept, and its caller does not wait for the disk.
      const ended: string[] = []
      if (mark.ok) spool.done(call('paid'), mark.value, () => ended.push('paid'))
      done(spool, ...many(500))
      await turns()
      clock.advance(5000)
      expect([ended, spool.dropped(), memory.files.size]).toEqual([['paid'], 501, 1])
      expect(alarms).toHaveLength(1)
      memory.state.failing = null
      clock.advance(1000)
      expect([spool.isFull(), spool.trouble(), alarms.length]).toEqual([false, null, 2])
      done(spool, 'after')
      await turns()
      connect(spool, counting)
      await until(() => {
        clock.advance(100)
        return counting.counted.length === 2
      })
      expect(counting.ids()).toEqual(['after', 'paid'])
    },
  )

  test('G9 with half a batch written has nothing of it written, and goes on behind what stands', async () => {
    const [memory, counting] = [createMemoryDisk(), createCounting()]
    const { spool, clock } = await openRig({ disk: memory.disk() })
    done(spool, 'a')
    await turns()
    memory.state.room = memory.size() + 700
    done(spool, 'b', 'c', 'd')
    await turns()
    expect(spool.dropped()).toBe(3)
    memory.state.room = Number.POSITIVE_INFINITY
    clock.advance(1000)
    done(spool, 'e')
    await turns()
    connect(spool, counting)
    await until(() => {
      clock.advance(100)
      return counting.counted.length === 2
    })
    expect(counting.counted.map(({ seq, id }) => [seq, id])).toEqual([
      [1, 'a'],
      [2, 'e'],
    ])
  })

  test('that cannot be made to keep what it took is full as well', async () => {
    const disk = createMemoryDisk().disk()
    const { spool, clock, alarms } = await openRig({ disk: { ...disk, sync: () => Promise.reject(errorOf('EIO')) } })
    done(spool, 'a')
    await turns()
    clock.advance(100)
    await turns()
    expect(spool.isFull()).toBe(true)
    expect(alarms.length).toBeGreaterThan(0)
  })

  test('keeps no gateway from starting', async () => {
    const disk = createMemoryDisk().disk()
    const makeFolder = () => {
      throw errorOf('EROFS')
    }
    const { spool, alarms } = await openRig({ disk: { ...disk, makeFolder } })
    const released = done(spool, 'a')
    await turns()
    expect([released, spool.isFull(), alarms.length]).toEqual([['a'], true, 2])
  })
})

test('G9 over its cap the spool takes only what is paid, until control has counted some of it', async () => {
  const [memory, counting] = [createMemoryDisk(), createCounting()]
  const { spool, clock } = await openRig({ disk: memory.disk(), capBytes: 800_000 })
  const mark = await spool.open(reserved('paid'), true)
  const ids = many(1500)
  done(spool, ...ids)
  await turns()
  expect(spool.isFull()).toBe(true)
  expect(await spool.open(reserved('x'), true)).toMatchObject({ ok: false, problem: { code: 'spool_full' } })
  if (mark.ok) spool.done(call('paid'), mark.value, () => {})
  done(spool, 'lost')
  await turns()
  expect(spool.dropped()).toBe(1)
  connect(spool, counting)
  await until(() => {
    clock.advance(100)
    return counting.counted.length === ids.length + 1
  })
  expect(counting.ids()).toEqual([...ids, 'paid'].toSorted())
})

test('G9 what earlier processes have left counts towards the cap', async () => {
  const memory = createMemoryDisk()
  const { spool } = await openRig({ disk: memory.disk() })
  done(spool, ...many(100))
  await turns()
  await spool.close()
  const next = await openRig({ disk: memory.disk(), boot: 'boot_2', capBytes: memory.size() })
  expect(next.spool.isFull()).toBe(true)
  const counting = createCounting()
  connect(next.spool, counting)
  await until(() => !next.spool.isFull())
  expect(counting.counted).toHaveLength(100)
})
