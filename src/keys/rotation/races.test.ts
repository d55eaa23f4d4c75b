import { beforeAll, expect, test } from 'vitest'
import { codeOf } from '../../../test/keyring.ts'
import { createRotationRig, type RotationRig } from '../../../test/rotation-rig.ts'
import { onEachStore } from '../../../test/stores.ts'
import type { Result } from '../../problems.ts'

/** Two who do something with one key at the same moment: each sees one whole change, or a refusal. */
onEachStore('rotation beside other changes', (open) => {
  let rig: RotationRig

  beforeAll(async () => {
    rig = await createRotationRig(await open())
  })

  const secretOf = (answer: Result<unknown>): string[] =>
    answer.ok && typeof answer.value === 'object' && answer.value !== null && 'secret' in answer.value
      ? [String(answer.value.secret)]
      : []
  const patch = (id: string, body: object) => rig.call(rig.owner, 'PATCH /keys/:id', { params: { id }, body })

  /** What must hold whatever came first: one current secret, at most two that are taken, one rotation under way. */
  const expectWhole = async (id: string) => {
    const { versions } = await rig.record(id)
    const live = await rig.live(id)
    expect(versions.filter(({ validUntil }) => validUntil === null).length).toBeLessThanOrEqual(1)
    expect(live.length).toBeLessThanOrEqual(2)
    expect(new Set(versions.map(({ version }) => version)).size).toBe(versions.length)
    const rows = await rig.database.system.read((db) =>
      db.selectFrom('rotations').select(['id', 'ended_at']).where('key_id', '=', id).execute(),
    )
    expect(rows.filter(({ ended_at }) => ended_at === null).length).toBeLessThanOrEqual(1)
    return rows.length
  }

  test('rotations at the same time come one after the other: the last one’s secret is taken, and no third', async () => {
    const { key, secret } = await rig.make()
    const modes = [{ mode: 'grace' }, {}, { mode: 'on-first-use' }, { mode: 'grace' }]
    const answers = await Promise.all(modes.map((body) => rig.verb('rotate', key.id, body)))
    const secrets = [secret, ...answers.flatMap(secretOf)]
    const refusals = answers.map(codeOf).filter((code) => code !== null && code !== 'busy')
    expect(refusals).toEqual([])
    const taken: string[] = []
    for (const one of secrets) if ((await rig.answerTo(one)) === null) taken.push(one)
    expect(taken.length).toBe((await rig.live(key.id)).length)
    expect(await expectWhole(key.id)).toBe(secrets.length - 1)
  })

  test('an edit and a rotation at the same time both happen', async () => {
    const { key } = await rig.make()
    const edits = ['one', 'two', 'three'].map((name) => patch(key.id, { name }))
    const answers = await Promise.all([
      ...edits,
      rig.verb('rotate', key.id),
      rig.verb('rotate', key.id, { mode: 'grace' }),
    ])
    expect(answers.map(codeOf)).toEqual([null, null, null, null, null])
    const { revision, name } = await rig.record(key.id)
    expect(revision).toBe(6)
    expect(['one', 'two', 'three']).toContain(name)
    await expectWhole(key.id)
  })

  test('of a rotation and a revocation at the same time none leaves a secret that is taken', async () => {
    for (let round = 0; round < 6; round += 1) {
      const { key, secret } = await rig.make()
      const [rotated, revoked] = await Promise.all([
        rig.verb('rotate', key.id, { mode: 'grace' }),
        rig.verb('revoke', key.id),
        patch(key.id, { description: 'in between' }),
      ])
      expect(codeOf(revoked)).toBeNull()
      expect([null, 'key_is_revoked']).toContain(codeOf(rotated))
      for (const one of [secret, ...secretOf(rotated)]) expect(await rig.answerTo(one)).toBe('key_revoked')
      await expectWhole(key.id)
    }
  })

  test('finish and undo at the same time leave one secret, whichever came first', async () => {
    for (let round = 0; round < 6; round += 1) {
      const { key, secret } = await rig.make()
      const { secret: fresh } = await rig.rotate(key.id, { mode: 'grace' })
      const answers = await Promise.all([
        rig.verb('rotation/finish', key.id),
        rig.verb('rotation/undo', key.id),
        rig.use(key.id, 2),
      ])
      expect([codeOf(answers[0]), codeOf(answers[1])].toSorted()).toEqual(['not_found', null].toSorted())
      const taken = [await rig.answerTo(secret), await rig.answerTo(fresh)]
      expect(taken.toSorted()).toEqual(['key_revoked', null].toSorted())
      await expectWhole(key.id)
    }
  })

  test('G7 a state that was seen before is refused, and nothing of the rotation is written', async () => {
    const { key } = await rig.make()
    await patch(key.id, { description: 'newer' })
    const ifMatch = `"${key.id}-1"`
    for (const name of ['rotate', 'rotation/finish', 'rotation/undo'])
      expect(codeOf(await rig.call(rig.owner, `POST /keys/:id/${name}`, { params: { id: key.id }, ifMatch }))).toBe(
        'stale',
      )
    expect(await rig.live(key.id)).toEqual([1])
    expect(await expectWhole(key.id)).toBe(0)
  })
})
