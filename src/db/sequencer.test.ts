import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { addOrganization, onEachStore, silent } from '../../test/stores.ts'
import { announce, changesAfter, forgetChanges, latestNumber, oldestPosition } from './changes.ts'
import type { Database } from './database.ts'
import { createSequencer, type Sequencer } from './sequencer.ts'

const one = 'org_0000000000000001'
const sealNothing = () => Promise.resolve(0)

onEachStore('the sequencer', (open, { dialect, newPlace, openAt }) => {
  const running: Sequencer[] = []
  const sequencerOf = (database: Database, pollMs = 20): Sequencer => {
    const sequencer = createSequencer({ database, seal: sealNothing, log: silent, pollMs })
    running.push(sequencer)
    sequencer.start()
    return sequencer
  }
  const change = (database: Database, id: string, at = 1) =>
    database.transaction(one, (db) => announce(db, one, { kind: 'key', id, at }))
  const numbered = (database: Database) => database.system.read((db) => changesAfter(db, 0, 10_000))

  test.afterEach(async () => {
    for (const sequencer of running.splice(0)) await sequencer.stop()
  })

  test('numbers committed changes in order and without a gap', async () => {
    const database = await open()
    await addOrganization(database, one, 'one')
    const sequencer = sequencerOf(database)
    const heard: number[] = []
    sequencer.onNumbered((upTo) => heard.push(upTo))
    const rows = await Promise.all(Array.from({ length: 30 }, (_, n) => change(database, `key_${n}`)))
    const numbers = await Promise.all(rows.map(sequencer.numberOf))
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, n) => n + 1))
    expect(sequencer.latest()).toBe(30)
    expect(heard.at(-1)).toBe(30)
    expect(heard).toEqual(heard.toSorted((a, b) => a - b))
    expect((await numbered(database)).map((each) => each.number)).toEqual(Array.from({ length: 30 }, (_, n) => n + 1))
  })

  test('numbers more than one batch, and asks again for a number given long ago', async () => {
    const database = await open()
    await addOrganization(database, one, 'one')
    const rows = await database.transaction(one, async (db) => {
      const made: number[] = []
      for (let n = 0; n < 1_100; n++) made.push(await announce(db, one, { kind: 'key', id: `key_${n}`, at: n }))
      return made
    })
    const sequencer = sequencerOf(database)
    // One transaction's rows keep their order; between transactions only the order of commits counts.
    expect(await sequencer.numberOf(rows.at(-1) ?? 0)).toBe(1_100)
    expect(await sequencer.numberOf(rows[0] ?? 0)).toBe(1)
    await expect(sequencer.numberOf(987_654)).rejects.toThrow('no such change')
  })

  test('a change that was rolled back leaves no gap', async () => {
    const database = await open()
    await addOrganization(database, one, 'one')
    const sequencer = sequencerOf(database)
    const abandoned = database.transaction(one, async (db) => {
      await announce(db, one, { kind: 'key', id: 'key_never', at: 1 })
      throw new Error('no')
    })
    await expect(abandoned).rejects.toThrow('no')
    expect(await sequencer.numberOf(await change(database, 'key_1'))).toBe(1)
  })

  // On SQLite writers stand in line, so there no transaction can commit while an older one is open.
  test.runIf(dialect === 'postgres')(
    'G2 a transaction that commits late delays no other change and leaves no gap',
    async () => {
      const place = await newPlace()
      const database = await openAt(place, { onForeignAwait: 'warn' })
      await addOrganization(database, one, 'one')
      const sequencer = sequencerOf(database)
      const inserted = Promise.withResolvers<number>()
      const mayCommit = Promise.withResolvers<void>()
      const late = database.transaction(one, async (db) => {
        inserted.resolve(await announce(db, one, { kind: 'key', id: 'key_late', at: 1 }))
        await mayCommit.promise
      })
      const lateRow = await inserted.promise
      const soonRow = await change(database, 'key_soon')
      expect(soonRow).toBeGreaterThan(lateRow)
      expect(await sequencer.numberOf(soonRow)).toBe(1)
      mayCommit.resolve()
      await late
      expect(await sequencer.numberOf(lateRow)).toBe(2)
      expect((await numbered(database)).map((each) => each.subjectId)).toEqual(['key_soon', 'key_late'])
    },
  )

  test.runIf(dialect === 'postgres')('one of two controls numbers, both know, woken without a poll', async () => {
    const place = await newPlace()
    const [a, b] = [await openAt(place), await openAt(place)]
    await addOrganization(a, one, 'one')
    const [sequencerA, sequencerB] = [sequencerOf(a, 600_000), sequencerOf(b, 600_000)]
    const told = new Promise<void>((resolve) => sequencerB.onNumbered((upTo) => upTo === 40 && resolve()))
    const made = await Promise.all(
      Array.from({ length: 40 }, async (_, n) => {
        const [database, sequencer] = n % 2 ? [a, sequencerA] : [b, sequencerB]
        return sequencer.numberOf(await change(database, `key_${n}`))
      }),
    )
    expect(made.toSorted((x, y) => x - y)).toEqual(Array.from({ length: 40 }, (_, n) => n + 1))
    await told
  })

  test.runIf(dialect === 'postgres')('numbers nothing while another control is numbering', async () => {
    const place = await newPlace()
    const [database, other] = [await openAt(place), await openAt(place, { onForeignAwait: 'warn' })]
    await addOrganization(database, one, 'one')
    const row = await change(database, 'key_1')
    const held = Promise.withResolvers<void>()
    const mayEnd = Promise.withResolvers<void>()
    const numbering = other.system.transaction(async (db) => {
      await sql`select pg_advisory_xact_lock(0x6f737469, 2)`.execute(db)
      held.resolve()
      await mayEnd.promise
    })
    await held.promise
    let turns = 0
    const counted: Database['system']['transaction'] = (work) => {
      turns += 1
      return database.system.transaction(work)
    }
    const sequencer = sequencerOf({ ...database, system: { ...database.system, transaction: counted } }, 1)
    await expect.poll(() => turns).toBeGreaterThan(3)
    expect(await numbered(database)).toEqual([])
    mayEnd.resolve()
    await numbering
    expect(await sequencer.numberOf(row)).toBe(1)
  })

  test('goes on after a batch that failed', async () => {
    const database = await open()
    await addOrganization(database, one, 'one')
    let failures = 2
    const seal = () => (failures-- > 0 ? Promise.reject(new Error('not now')) : Promise.resolve(0))
    const sequencer = createSequencer({ database, seal, log: silent, pollMs: 5 })
    running.push(sequencer)
    sequencer.start()
    expect(await sequencer.numberOf(await change(database, 'key_1'))).toBe(1)
    expect(failures).toBeLessThan(0)
  })

  test('a sequencer that stops says so to whoever still waits', async () => {
    const database = await open()
    const sequencer = createSequencer({ database, seal: sealNothing, log: silent })
    const waiting = sequencer.numberOf(1)
    const refused = expect(waiting).rejects.toThrow('has stopped')
    await sequencer.stop()
    await refused
  })

  test('old changes are forgotten, but never where the numbers stand', async () => {
    const database = await open()
    await addOrganization(database, one, 'one')
    const sequencer = sequencerOf(database)
    for (let n = 1; n <= 5; n++) await sequencer.numberOf(await change(database, `key_${n}`, n))
    expect(await database.system.transaction((db) => forgetChanges(db, 3))).toBe(2)
    expect(await database.system.read(oldestPosition)).toBe(2)
    expect(await database.system.transaction((db) => forgetChanges(db, 100))).toBe(2)
    expect(await database.system.read(latestNumber)).toBe(5)
    expect(await sequencer.numberOf(await change(database, 'key_6', 6))).toBe(6)
  })
})
