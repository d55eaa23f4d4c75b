import { z } from 'zod'
import { untilCurrent } from '../../db/contended.ts'
import { settleMs } from '../../http/lists.ts'
import type { Actor } from '../../people/schema.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { AnswerDeps } from '../answer.ts'
import { type CreateDeps, type ReadyKey, readyKey } from '../create.ts'
import { webhookNamed } from '../facts.ts'
import { type DeliverDeps, deliverKeys } from './deliver.ts'
import { type Definition, imported, Outcome, refused } from './outcome.ts'
import { readDefinition } from './read-definition.ts'

/** As many as one unit of work writes. */
const importedAtMost = 200

export const ImportInput = z.strictObject({
  /** Each as the body of POST /keys, and looked at by itself. */
  keys: z.array(z.unknown()).min(1).max(importedAtMost),
  /** Id of a webhook that gets the secrets instead of the answer. */
  deliverTo: z.string().min(1).max(64).optional(),
  /** Says what would become of each, and makes nothing. */
  dryRun: z.boolean().optional(),
})
type ImportInput = z.infer<typeof ImportInput>

export const ImportAnswer = z.strictObject({ results: z.array(Outcome) })
/** Shown once, and in no replay. */
export const shownOnceOfImport = ['results.secret', 'results.url', 'results.claim.url'] as const

export type ImportDeps = CreateDeps & AnswerDeps & DeliverDeps

/** Definitions only: each key gets a new id and a new secret, and what is wrong with one does not keep the others out. */
export const importKeys =
  (deps: ImportDeps) =>
  async (actor: Actor, input: ImportInput, requestId: string): Promise<Result<z.infer<typeof ImportAnswer>>> => {
    const { deliverTo, dryRun = false } = input
    if (deliverTo !== undefined && !(await isThere(deps, actor, deliverTo))) return refuse('invalid', noWebhook)
    const outcomes = new Map<number, Outcome>()
    const definitions: Definition[] = []
    for (const [index, given] of input.keys.entries()) {
      const definition = readDefinition(given)
      if (definition.ok) definitions.push({ index, input: definition.value })
      else outcomes.set(index, refused(index, definition.problem))
    }
    const note = (outcome: Outcome): void => void outcomes.set(outcome.index, outcome)
    if (deliverTo !== undefined && !dryRun) await deliverKeys(deps, actor, { definitions, deliverTo, requestId, note })
    else await makeKeys(deps, actor, { definitions, dryRun, requestId, note })
    return ok({ results: [...outcomes.values()].toSorted((one, other) => one.index - other.index) })
  }

type Making = {
  readonly definitions: readonly Definition[]
  readonly dryRun: boolean
  readonly requestId: string
  readonly note: (outcome: Outcome) => void
}
type Ready = { readonly index: number; readonly ready: ReadyKey }

/** All hashed first, as wide as the lane is; then one unit of work for all. */
async function makeKeys(deps: ImportDeps, actor: Actor, { definitions, dryRun, requestId, note }: Making) {
  const makeReady = readyKey(dryRun ? { ...deps, hash: unhashed } : deps)
  const made: Ready[] = []
  const waiting = definitions.values()
  const lane = async (): Promise<void> => {
    for (const { index, input } of waiting) {
      const ready = await makeReady(actor, input, requestId)
      if (!ready.ok) note(refused(index, ready.problem))
      else if (dryRun) note({ index, ok: true, name: ready.value.key.record.name })
      else made.push({ index, ready: ready.value })
    }
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  if (made.length > 0)
    await write(
      deps,
      actor,
      made.toSorted((one, other) => one.index - other.index),
      note,
    )
}
const atOnce = 2
/** Nothing of a dry run is kept. */
const unhashed: CreateDeps['hash'] = async () => ok({ phc: '', gate: 0, pepperId: '' })

async function write(deps: ImportDeps, actor: Actor, made: readonly Ready[], note: Making['note']): Promise<void> {
  const { organizationId } = actor
  const done = await untilCurrent(null, () =>
    deps.transaction(organizationId, async (db) => {
      const written: (Ready & { readonly outcome: Awaited<ReturnType<ReadyKey['write']>> })[] = []
      // A refusal has written nothing, so the others may stand.
      for (const each of made) written.push({ ...each, outcome: await each.ready.write(db) })
      return ok(written)
    }),
  )
  if (!done.ok) return
  let last = 0
  for (const { index, ready, outcome } of done.value) {
    if (!outcome.ok) note(refused(index, outcome.problem))
    else {
      last = outcome.value.rowId
      ready.share()
      note(imported(deps, index, outcome.value.created))
    }
  }
  if (last > 0) await deps.effectOf(organizationId, last, settleMs)
}

const isThere = (deps: ImportDeps, actor: Actor, id: string): Promise<boolean> =>
  deps.read(actor.organizationId, async (db) => (await webhookNamed(deps.directory, db, actor, id)) !== null)

const noWebhook = {
  detail: 'There is no such webhook.',
  errors: [{ pointer: '/deliverTo', detail: 'there is no such webhook' }],
}
