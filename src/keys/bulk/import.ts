import { z } from 'zod'
import { untilCurrent } from '../../db/contended.ts'
import { settleMs } from '../../http/lists.ts'
import type { Actor } from '../../people/schema.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { AnswerDeps } from '../answer.ts'
import { type CreateDeps, type ReadyKey, readyKey } from '../create.ts'
import { webhookNamed } from '../facts.ts'
import { foreseenRoom } from '../policies/room.ts'
import { perCommit } from './act.ts'
import { type DeliverDeps, deliverKeys } from './deliver.ts'
import { type Definition, imported, Outcome, refused } from './outcome.ts'
import { readDefinition } from './read-definition.ts'
import { remembering } from './remember.ts'

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

export type ImportDeps = CreateDeps &
  AnswerDeps &
  DeliverDeps & { readonly log: { readonly error: (fields: object, message: string) => void } }

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

/** All hashed first, as wide as the lane is; then written in pieces. */
async function makeKeys(deps: ImportDeps, actor: Actor, { definitions, dryRun, requestId, note }: Making) {
  const makeReady = readyKey(dryRun ? { ...deps, hash: unhashed } : deps, remembering(deps.directory))
  const made: Ready[] = []
  const waiting = definitions.values()
  const lane = async (): Promise<void> => {
    for (const { index, input } of waiting) {
      let ready = await makeReady(actor, input, requestId)
      // Two of its own may wait for each other on a slow machine; nothing is made yet, so asking once more is free.
      if (!ready.ok && ready.problem.code === 'busy') ready = await makeReady(actor, input, requestId)
      if (!ready.ok) note(refused(index, ready.problem))
      else made.push({ index, ready: ready.value })
    }
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  const inOrder = made.toSorted((one, other) => one.index - other.index)
  if (dryRun) return foresee(deps, actor, inOrder, note)
  let last = 0
  for (let at = 0; at < inOrder.length; at += perCommit)
    last = (await writeOrNote(deps, actor, inOrder.slice(at, at + perCommit), note)) ?? last
  if (last > 0) await deps.effectOf(actor.organizationId, last, settleMs)
}

/** Those before take the places of those behind. */
async function foresee(deps: ImportDeps, actor: Actor, made: readonly Ready[], note: Making['note']): Promise<void> {
  const room = { directory: remembering(deps.directory), now: deps.now }
  await deps.read(actor.organizationId, async (db) => {
    let more = 1
    for (const { index, ready } of made) {
      const { name, scope } = ready.key.record
      const full = await foreseenRoom(room, db, actor, { projects: scope.projects, more })
      if (!full) more += 1
      note(full ? refused(index, full.problem) : { index, ok: true, name })
    }
  })
}

const atOnce = 2
/** Nothing of a dry run is kept. */
const unhashed: CreateDeps['hash'] = async () => ok({ phc: '', gate: 0, pepperId: '' })

/** Secrets of the pieces before are in the answer and nowhere else: a piece that fails must not take them along. */
async function writeOrNote(deps: ImportDeps, actor: Actor, made: readonly Ready[], note: Making['note']) {
  try {
    return await write(deps, actor, made, note)
  } catch (err) {
    deps.log.error({ err }, 'a piece of an import failed on our side')
    for (const { index } of made) note(refused(index, refuse('internal').problem))
    return null
  }
}

/** Answers the last row of its news; null: there is none. */
async function write(deps: ImportDeps, { organizationId }: Actor, made: readonly Ready[], note: Making['note']) {
  const written = await untilCurrent(null, () =>
    deps.transaction(organizationId, async (db) => {
      const outcomes: (Ready & { readonly outcome: Awaited<ReturnType<ReadyKey['write']>> })[] = []
      // A refusal has written nothing, so the others may stand.
      for (const each of made) outcomes.push({ ...each, outcome: await each.ready.write(db) })
      return ok(outcomes)
    }),
  )
  if (!written.ok) throw new Error('a unit of work refused what it never refuses')
  let last: number | null = null
  for (const { index, ready, outcome } of written.value) {
    if (!outcome.ok) note(refused(index, outcome.problem))
    else {
      last = outcome.value.rowId
      ready.share()
      note(imported(deps, index, outcome.value.created))
    }
  }
  return last
}

const isThere = (deps: ImportDeps, actor: Actor, id: string): Promise<boolean> =>
  deps.read(actor.organizationId, async (db) => (await webhookNamed(deps.directory, db, actor, id)) !== null)

const noWebhook = {
  detail: 'There is no such webhook.',
  errors: [{ pointer: '/deliverTo', detail: 'there is no such webhook' }],
}
