import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Answer, Control, Failure } from '../control.ts'
import { titleOf } from './load.ts'
import { fieldOf } from './schema.ts'
import type { Step } from './steps.ts'

type Doing = {
  readonly control: Control
  /** The configuration in whose name it is done. */
  readonly name: string
  readonly progress: (line: string | null) => void
  /** Says yes to what control lists before it does it. */
  readonly confirm: (failure: Failure) => Promise<boolean>
}
export type Performed = {
  readonly done: number
  readonly failed: null | { readonly step: Step; readonly failure: Failure }
}

const Revised = z.looseObject({ id: z.string(), revision: z.int() })
type Revised = Pick<z.infer<typeof Revised>, 'id' | 'revision'>

/** One after the other; the first that is refused ends it, and what is done stays. */
export async function performSteps(steps: readonly Step[], doing: Doing): Promise<Performed> {
  const now = new Map<string, Revised>()
  for (const [done, step] of steps.entries()) {
    doing.progress(`${done + 1} of ${steps.length}: ${titleOf(step.subject)}`)
    const held = now.get(titleOf(step.subject)) ?? step.held
    const answer = await perform(step, held, doing)
    if (!answer.ok) {
      doing.progress(null)
      return { done, failed: { step, failure: answer } }
    }
    if (answer.value) now.set(titleOf(step.subject), answer.value)
    if (step.alsoRevises) revise(now, steps, step.alsoRevises)
  }
  doing.progress(null)
  return { done: steps.length, failed: null }
}

/** It was changed along with another: one revision further than was planned for. */
function revise(now: Map<string, Revised>, steps: readonly Step[], subject: Step['subject']): void {
  const title = titleOf(subject)
  const held = now.get(title) ?? steps.find((step) => titleOf(step.subject) === title && step.held)?.held
  if (held) now.set(title, { id: held.id, revision: held.revision + 1 })
}

async function perform(step: Step, held: Revised | null, doing: Doing): Promise<Answer<Revised | null>> {
  const first = await send(step, held, doing, step.body)
  if (first.ok || first.problem.code !== 'confirmation_needed') return first
  if (!(await doing.confirm(first))) return first
  return send(step, held, doing, { ...(typeof step.body === 'object' ? step.body : {}), confirm: true })
}

async function send(
  step: Step,
  held: Revised | null,
  { control, name }: Doing,
  body: unknown,
): Promise<Answer<Revised | null>> {
  const { method, path, subject } = step
  const field = subject.kind === 'policies' ? 'policies' : fieldOf[subject.kind].slice(0, -1)
  const answer = z.looseObject({ [field]: Revised }).transform((whole) => Revised.parse(whole[field]))
  // Not the same key in another run: what it made may be gone since, and its answer would say it is there.
  const once = method === 'POST' ? { 'idempotency-key': randomUUID() } : {}
  const ifMatch = held === null ? undefined : `"${held.id}-${held.revision}"`
  const call = { method, path, body, ifMatch, headers: { 'ostiary-configuration': name, ...once } }
  const sent = await control.call(call, answer)
  // The connection broke: with its key the same call is done once, whether it had arrived or not.
  return !sent.ok && sent.problem.code === 'unreachable' && method === 'POST' ? control.call(call, answer) : sent
}
