import { sql } from 'kysely'
import { beforeEach, expect, test } from 'vitest'
import { type AuditRig, createAuditRig, hourMs, one, removeEvent, two } from '../../../test/audit-rig.ts'
import { onEachStore } from '../../../test/stores.ts'
import { isSigned } from '../checkpoint.ts'
import type { CheckpointKeeper } from './keep.ts'
import { listCheckpoints } from './store.ts'

onEachStore('checkpoints of the audit log', (open) => {
  let rig: AuditRig
  let keeper: CheckpointKeeper
  beforeEach(async () => {
    rig = await createAuditRig(await open())
    keeper = rig.keeper()
  })

  const run = (of = keeper) => of.run(() => false)
  const stored = (organization: string = one) =>
    rig.database.system.read((db) => listCheckpoints(db, organization, null, 100))
  const seqs = async () => (await stored()).map(({ seq }) => seq)
  const alarms = () => rig.said.filter(({ level }) => level === 'error').map(({ fields }) => fields)

  test('M13 are written for what there is, then each hour in which something happened, and at the end', async () => {
    await run()
    expect(await seqs()).toEqual([])
    await rig.fill(3)
    await run()
    await rig.fill(2)
    await run()
    expect(await seqs()).toEqual([3])
    rig.clock.now += hourMs
    await run()
    await run()
    expect(await seqs()).toEqual([5, 3])
    rig.clock.now += hourMs
    await run()
    expect(await seqs()).toEqual([5, 3])
    await rig.fill(1)
    await keeper.finish()
    expect(await seqs()).toEqual([6, 5, 3])
  })

  test('M13 are written for every thousand events, however many come at once', async () => {
    await rig.fill(1)
    await run()
    await rig.fill(2_600)
    await run()
    expect((await seqs()).length).toBeGreaterThanOrEqual(3)
    expect((await seqs())[0]).toBe(2601)
    const gaps = (await seqs()).map((seq, at, all) => seq - (all[at + 1] ?? 0))
    for (const gap of gaps) expect(gap).toBeLessThanOrEqual(1500)
  })

  test('M13 go to the log as well, are signed, and are of one organization each', async () => {
    await rig.fill(3)
    await rig.fill(2, two)
    await run()
    const [[mine], [theirs]] = await Promise.all([stored(), stored(two)])
    expect(mine).toMatchObject({ organization: one, seq: 3, signingKey: rig.signer(one).publicKey })
    expect(theirs?.signingKey).not.toBe(mine?.signingKey)
    for (const checkpoint of [mine, theirs]) expect(checkpoint && isSigned(checkpoint)).toBe(true)
    expect(rig.said.map(({ fields }) => fields)).toEqual([{ checkpoint: mine }, { checkpoint: theirs }])
  })

  test('two controls on one store write one each time', async () => {
    const other = rig.keeper()
    await rig.fill(3)
    await Promise.all([run(), run(other)])
    expect(await seqs()).toEqual([3])
    rig.clock.now += hourMs
    await rig.fill(3)
    await run(other)
    await run()
    expect(await seqs()).toEqual([6, 3])
    expect(alarms()).toEqual([])
  })

  test('M13 what was rewritten is never signed, and somebody hears of it, once an hour', async () => {
    await rig.fill(3)
    await run()
    await rig.fill(3)
    await rig.tamper(sql`update audit_events set actor_name = 'Eve' where seq = 5`)
    rig.clock.now += hourMs
    await run()
    await run()
    expect(await seqs()).toEqual([3])
    expect(alarms()).toEqual([{ organization: one, seq: 5, because: 'changed' }])
    rig.clock.now += hourMs
    await run()
    expect(alarms()).toHaveLength(2)
  })

  test('M13 a log that was cut off behind its last checkpoint is not signed', async () => {
    await rig.fill(5)
    await run()
    await rig.tamper(removeEvent(5))
    await run()
    expect(alarms()).toEqual([{ organization: one, seq: 5, because: 'cut off' }])
    expect(await seqs()).toEqual([5])
  })

  test('M13 a checkpoint that was removed is written again by whoever has signed it', async () => {
    await rig.fill(5)
    await run()
    const [first] = await stored()
    await rig.tamper(sql`delete from audit_checkpoints`)
    await run()
    expect(await stored()).toEqual([first])
    expect(alarms()).toEqual([{ organization: one, seq: 5, because: 'a checkpoint was removed' }])
  })

  test('M13 nothing is signed on top of a checkpoint that was signed elsewhere', async () => {
    await rig.fill(5)
    const at = new Date(rig.clock.now).toISOString()
    const forged = rig.signer(two).sign({ organization: one, seq: 5, hash: 'ab'.repeat(32), at })
    await rig.tamper(sql`insert into audit_checkpoints (organization_id, seq, hash, at, signing_key, signature)
      values (${one}, 5, ${forged.hash}, ${rig.clock.now}, ${forged.signingKey}, ${forged.signature})`)
    await rig.fill(5)
    await run()
    expect(await seqs()).toEqual([5])
    expect(alarms()).toEqual([{ organization: one, seq: 5, because: 'a checkpoint that was not signed here' }])
  })
})
