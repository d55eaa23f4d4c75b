import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { createRotationRig, type RotationRig } from '../../../test/rotation-rig.ts'
import { onEachStore } from '../../../test/stores.ts'
import type { RotationMode } from './schema.ts'
import { settleRotations } from './settle.ts'

/** Any sequence of what people, programs and time do to a key, against a model that knows versions and instants only. */
type Step =
  | { readonly do: 'rotate'; readonly mode: RotationMode; readonly grace: number; readonly deadline: number }
  | { readonly do: 'finish' | 'undo' | 'use' | 'settle' | 'edit' }
  | { readonly do: 'wait'; readonly seconds: number }

type Rotation = { from: number; to: number; onFirstUse: boolean; grace: number; isUsed: boolean; state: string }
type Model = { now: number; ends: Map<number, number>; rotation: Rotation | null }

const forever = Number.MAX_SAFE_INTEGER
const live = ({ ends, now }: Model) => [...ends].filter(([, end]) => end > now).map(([version]) => version)

/** What the step does to the model; the answer is whether it is done or refused. */
function follow(model: Model, step: Step): 'done' | 'refused' {
  const { ends, rotation, now } = model
  const oldIsLive = rotation?.state === 'open' && (ends.get(rotation.from) ?? 0) > now
  if (rotation?.state === 'open' && !oldIsLive) rotation.state = 'finished'
  switch (step.do) {
    case 'rotate': {
      const from = [...ends].findLast(([, end]) => end === forever)?.[0] ?? 0
      const seconds = { immediate: 0, grace: step.grace, 'on-first-use': step.deadline }[step.mode]
      for (const [version, end] of ends) ends.set(version, Math.min(end, version === from ? now + seconds : now))
      const to = ends.size + 1
      ends.set(to, forever)
      const state = seconds === 0 ? 'finished' : 'open'
      model.rotation = { from, to, onFirstUse: step.mode === 'on-first-use', grace: step.grace, isUsed: false, state }
      return 'done'
    }
    case 'finish':
      if (rotation === null || rotation.state === 'undone') return 'refused'
      if (oldIsLive) ends.set(rotation.from, now)
      rotation.state = 'finished'
      return 'done'
    case 'undo':
      if (rotation?.state === 'undone') return 'done'
      if (rotation === null || !oldIsLive) return 'refused'
      ends.set(rotation.to, now)
      ends.set(rotation.from, forever)
      rotation.state = 'undone'
      return 'done'
    case 'use':
      if (rotation?.onFirstUse && oldIsLive && !rotation.isUsed)
        ends.set(rotation.from, Math.min(ends.get(rotation.from) ?? 0, now + rotation.grace))
      if (rotation && oldIsLive) rotation.isUsed = true
      return 'done'
    case 'wait':
      model.now += step.seconds
      return 'done'
    default:
      return 'done'
  }
}

const seconds = fc.constantFrom(0, 1, 60, 3600)
const steps = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constant('rotate' as const),
      mode: fc.constantFrom<RotationMode>('immediate', 'grace', 'on-first-use'),
      grace: seconds,
      deadline: fc.constantFrom(1, 60, 7200),
    }),
    fc.record({ do: fc.constantFrom('finish', 'undo', 'use', 'settle', 'edit') }),
    fc.record({ do: fc.constant('wait' as const), seconds: fc.constantFrom(1, 59, 61, 3601) }),
  ),
  { minLength: 4, maxLength: 14 },
)

onEachStore('a key whatever is done to it', (open) => {
  let rig: RotationRig
  beforeAll(async () => {
    rig = await createRotationRig(await open())
  })

  const perform = async (id: string, step: Step, to: number): Promise<'done' | 'refused'> => {
    const answered = async (name: string, body = {}) => ((await rig.refusal(name, id, body)) ? 'refused' : 'done')
    switch (step.do) {
      case 'rotate': {
        const { mode, grace, deadline } = step
        const times = mode === 'immediate' ? {} : { graceSeconds: grace, deadlineSeconds: deadline }
        return answered('rotate', { mode, ...times })
      }
      case 'finish':
      case 'undo':
        return answered(`rotation/${step.do}`)
      case 'use':
        await rig.use(id, to)
        return 'done'
      case 'settle':
        await settleRotations(rig.keyDeps)(() => false)
        return 'done'
      case 'edit':
        await rig.call(rig.owner, 'PATCH /keys/:id', { params: { id }, body: { description: `at ${rig.clock.now()}` } })
        return 'done'
      case 'wait':
        rig.clock.forward(step.seconds * 1000)
        return 'done'
    }
  }

  test('M2 R6 takes the secrets that the model takes, at most two, and refuses what it refuses', {
    timeout: 240_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const { key } = await rig.make()
        const model: Model = { now: 0, ends: new Map([[1, forever]]), rotation: null }
        for (const step of sequence) {
          const expected = follow(model, step)
          expect([step, await perform(key.id, step, model.rotation?.to ?? 1)]).toEqual([step, expected])
          expect([step, await rig.live(key.id)]).toEqual([step, live(model)])
          expect(live(model).length).toBeLessThanOrEqual(2)
        }
        const { versions } = await rig.record(key.id)
        expect(versions.filter(({ validUntil }) => validUntil === null)).toHaveLength(1)
        await rig.done('revoke', key.id)
      }),
      { numRuns: 40 },
    )
  })
})
