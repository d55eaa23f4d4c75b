import { sql } from 'kysely'
import { beforeEach, expect, test } from 'vitest'
import {
  type AuditRig,
  createAuditRig,
  eventOf,
  hourMs,
  linesIn,
  one,
  reader,
  removeEvent,
  two,
} from '../../test/audit-rig.ts'
import { actorOf, codeOf, granted } from '../../test/keyring.ts'
import { onEachStore } from '../../test/stores.ts'
import { genesis, hashAfter } from './chain.ts'
import type { Checkpoint } from './checkpoint.ts'
import { chainAfter } from './store.ts'

onEachStore('an export of the audit log', (open) => {
  let rig: AuditRig
  beforeEach(async () => {
    rig = await createAuditRig(await open())
  })

  const signed = async (count: number) => {
    await rig.fill(count)
    await rig.keeper().finish()
  }
  const findingOf = async (known: Parameters<AuditRig['verified']>[0] = { keys: [rig.signer(one).publicKey] }) => {
    const { finding } = await rig.verified(known)
    return finding && [finding.because, finding.seq]
  }
  const chain = () => rig.database.read(one, (db) => chainAfter(db, one, 0, 100_000))

  /** The row is changed, and every hash from there on computed anew, as whoever can write the database could. */
  const forge = async (seq: number, name: string) => {
    let { hash } = genesis
    for (const event of await chain()) {
      const forged = event.seq === seq ? { ...event, actor: { ...event.actor, name } } : event
      hash = hashAfter(hash, forged)
      await rig.tamper(sql`update audit_events set actor_name = ${forged.actor.name}, hash = ${hash}
        where organization_id = ${one} and seq = ${event.seq}`)
    }
  }

  test('M13 verifies with the public key alone, from the first event to the last, in pages', async () => {
    await signed(450)
    await rig.fill(7)
    const report = await rig.verified({ keys: [rig.signer(one).publicKey] })
    expect(report).toMatchObject({
      organization: one,
      head: { seq: 457 },
      confirmed: 1,
      confirmedUpTo: 450,
      finding: null,
    })
    const [head, ...lines] = await rig.linesOf()
    expect(head).toMatchObject({
      export: { organization: one, after: genesis, signingKeys: [rig.signer(one).publicKey] },
    })
    // What was exported before is itself in the log by now.
    expect(lines.at(-1)).toMatchObject({ end: { seq: 457 } })
    await rig.sealAll()
    expect((await rig.linesOf()).at(-1)).toMatchObject({ end: { seq: 459 } })
  })

  test('M13 names the row that was edited, dropped or moved in the database', async () => {
    await signed(30)
    expect(await findingOf()).toBeNull()
    const was = (await chain())[12]
    const rename = (name: string) =>
      rig.tamper(sql`update audit_events set actor_name = ${name} where organization_id = ${one} and seq = 13`)
    await rename('Eve')
    expect(await findingOf()).toEqual(['changed', 13])
    await rename(was?.actor.name ?? '')
    expect(await findingOf()).toBeNull()
    for (const [from, to] of [
      [13, 1000],
      [14, 13],
      [1000, 14],
    ])
      await rig.tamper(sql`update audit_events set seq = ${to} where organization_id = ${one} and seq = ${from}`)
    expect(await findingOf()).toEqual(['reordered', 13])
    await rig.tamper(removeEvent(13))
    await rig.tamper(removeEvent(14))
    expect(await findingOf()).toEqual(['missing', 13])
  })

  test('M13 names what was put into the database', async () => {
    await signed(30)
    const shift = (by: number, from: number) =>
      rig.tamper(sql`update audit_events set seq = seq + ${by} where organization_id = ${one} and seq >= ${from}`)
    await shift(1000, 7)
    await shift(-999, 1007)
    await rig.tamper(sql`insert into audit_events (organization_id, id, at, actor_kind, actor_id, actor_name, action,
      subject_kind, subject_id, subject_name, request_id, seq, hash)
      values (${one}, 'evt_x', 1, 'member', 'mem_1', 'Ada', 'key.created', 'key', 'key_x', 'x', 'req_x', 7, ${'ab'.repeat(32)})`)
    expect(await findingOf()).toEqual(['inserted', 7])
  })

  test('M13 a chain that was computed anew contradicts its checkpoint, and without that what somebody kept', async () => {
    await signed(20)
    const kept = (await chain()).map(({ seq, hash }) => ({ seq, hash, from: 'a gateway' }))
    await rig.fill(5)
    await forge(13, 'Eve')
    expect(await findingOf()).toEqual(['rewritten', 1])
    await rig.tamper(sql`delete from audit_checkpoints`)
    expect(await findingOf()).toBeNull()
    expect(await findingOf({ anchors: kept })).toEqual(['rewritten', 13])
    // And it has nobody who could sign it.
    rig.clock.now += 3 * hourMs
    expect(await findingOf()).toEqual(['unsigned', 1])
  })

  test('M13 a checkpoint that was forged in the database is not taken for ours', async () => {
    await signed(20)
    await forge(13, 'Eve')
    const { hash } = (await chain()).at(-1) ?? genesis
    await rig.tamper(sql`update audit_checkpoints set hash = ${hash}`)
    expect(await findingOf()).toEqual(['signature', 20])
    const thief = rig.signer(two)
    const at = new Date(rig.clock.now).toISOString()
    const forged = thief.sign({ organization: one, seq: 20, hash, at })
    await rig.tamper(
      sql`update audit_checkpoints set signing_key = ${forged.signingKey}, signature = ${forged.signature}`,
    )
    expect(await findingOf()).toEqual(['signature', 20])
    // Over REST the answer names the key that control has, not the one in the table.
    expect(await findingOf({})).toEqual(['signature', 20])
  })

  test('M13 a log whose end was cut off is found by its checkpoint, and without that by what somebody kept', async () => {
    await signed(20)
    const anchors = [{ seq: 20, hash: (await chain()).at(-1)?.hash ?? '', from: 'an earlier verification' }]
    for (const seq of [18, 19, 20]) await rig.tamper(removeEvent(seq))
    expect(await findingOf()).toEqual(['cut-off', 18])
    await rig.tamper(sql`delete from audit_checkpoints`)
    expect(await findingOf()).toBeNull()
    expect(await findingOf({ anchors })).toEqual(['cut-off', 18])
  })

  test('what somebody wrote into a row that no program can read is found, not stumbled over', async () => {
    await signed(5)
    await rig.tamper(sql`update audit_events set after = 'not JSON', at = 9007199254740991 where seq = 3`)
    expect(await findingOf()).toEqual(['changed', 3])
  })

  test('goes on behind an event, and only behind one that is there', async () => {
    await signed(20)
    const lines = await rig.linesOf({ after: '15' })
    expect(lines).toHaveLength(1 + 5 + 1 + 1)
    expect(lines[1]).toMatchObject({ seq: 16 })
    for (const after of ['999', '-1', '1.5', 'x'])
      expect(codeOf(await rig.call(reader, 'GET /audit-events/export', { query: { after } }))).toBe('invalid')
  })

  test('filtered holds what the filter leaves, and does not pretend to prove anything', async () => {
    await rig.fill(400)
    await rig.record(
      eventOf(900, { action: 'key.revoked', at: rig.clock.now, subject: { kind: 'key', id: 'key_7', name: 'x' } }),
    )
    await rig.sealAll()
    await rig.keeper().finish()
    const lines = await rig.linesOf({ subject: 'key_7' })
    expect(lines).toMatchObject([
      { export: { filter: { subject: 'key_7' } } },
      { seq: 7, action: 'key.created' },
      { seq: 401, action: 'key.revoked' },
      { end: { seq: 401 } },
    ])
    expect(await rig.linesOf({ action: 'key.revoked', actor: 'mem_2' })).toHaveLength(2)
  })

  test('as CSV has one line for each event, and none that a spreadsheet would run', async () => {
    const name = '=HYPERLINK("https://evil.test")'
    await rig.record(
      eventOf(1, { actor: { kind: 'member', id: 'mem_1', name, address: '203.0.113.7' }, after: { a: 'b,"c"' } }),
    )
    await rig.sealAll()
    const [head, line, rest] = (await rig.exported({ format: 'csv' })).split('\r\n')
    expect(head).toBe(
      'seq,at,actor_kind,actor_id,actor_name,action,subject_kind,subject_id,subject_name,address,request_id,before,after,id,hash',
    )
    expect(line).toMatch(
      /^1,1970-01-01T00:00:01\.000Z,member,mem_1,"'=HYPERLINK\(""https:\/\/evil\.test""\)",key\.created,/,
    )
    expect(line).toContain(',203.0.113.7,req_1,,"{""a"":""b,\\""c\\""""}",evt_')
    expect(rest).toBe('')
  })

  test('G10 holds nothing of another organization, and nothing of this one is in theirs', async () => {
    await rig.fill(3)
    await rig.fill(2, two)
    await rig.keeper().finish()
    const theirs = linesIn(await rig.exported({}, actorOf(two, 'mem_9', 'owner')))
    expect(theirs).toHaveLength(1 + 2 + 1 + 1)
    expect(JSON.stringify(theirs)).not.toContain(one)
    expect(JSON.stringify(await rig.linesOf())).not.toContain(two)
  })

  test('its checkpoints are listed too, newest first, page by page, without those of others', async () => {
    for (let n = 0; n < 3; n += 1) {
      await signed(2)
      rig.clock.now += hourMs
    }
    type Page = { items: Checkpoint[]; nextCursor: string | null; total: number }
    const page = async (query: Record<string, string>, actor = reader): Promise<Page> =>
      granted((await rig.call(actor, 'GET /audit-events/checkpoints', { query })) as never)
    const first = await page({ limit: '2' })
    expect(first).toMatchObject({ items: [{ seq: 6, organization: one }, { seq: 4 }], total: 3 })
    expect(await page({ limit: '2', cursor: first.nextCursor ?? '' })).toMatchObject({
      items: [{ seq: 2 }],
      nextCursor: null,
    })
    expect(await page({}, actorOf(two, 'mem_9', 'owner'))).toMatchObject({ items: [], total: 0 })
    expect(codeOf(await rig.call(reader, 'GET /audit-events/checkpoints', { query: { cursor: 'x' } }))).toBe(
      'bad_cursor',
    )
  })
})
