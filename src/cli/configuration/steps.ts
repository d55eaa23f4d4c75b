import type { Given } from '../values.ts'
import { bodyOfChange, bodyOfNew, modelsAtLast, withoutFallbacks } from './bodies.ts'
import { isSame } from './difference.ts'
import { slipped, titleOf } from './load.ts'
import { type Change, hasSecrets, type Plan, type Wish } from './plan.ts'
import { fieldOf, type Kind, type Slip } from './schema.ts'
import { createGive } from './secrets.ts'

/** One call of REST. */
export type Step = {
  readonly subject: { readonly kind: Kind; readonly slug: string }
  readonly method: 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: unknown
  /** The state that was planned for; null: something new, or what an earlier step has made. */
  readonly held: { readonly id: string; readonly revision: number } | null
  /** What else has another revision afterwards. */
  readonly alsoRevises?: { readonly kind: Kind; readonly slug: string }
}

/**
 * Every call, with everything that is in it, before the first is sent: a secret that is missing keeps all of it from
 * happening. Each is whole in itself, so wherever it ends, the next plan goes on from there.
 */
export function stepsOf(plan: Plan, wish: Wish, env: Readonly<Record<string, string | undefined>>): Given<Step[]> {
  const slips: Slip[] = []
  const sending = { give: createGive({ env }, slips), names: plan.names }
  const steps: Step[] = []
  const later: Step[] = []
  const providers = plan.changes.filter((change) => change.action === 'delete' && change.held.kind === 'provider')
  const leaving = new Set(providers.flatMap((change) => ('held' in change ? [change.held.slug] : [])))
  const flush = (kind: Kind): void => {
    if (kind !== 'provider') steps.push(...later.splice(0))
  }
  for (const change of plan.changes) {
    const subject = 'wanted' in change ? change.wanted : change.held
    flush(change.action === 'delete' ? 'policies' : subject.kind)
    if (change.action === 'create') steps.push(...made(change, plan, sending, later))
    else if (change.action === 'update' || change.action === 'adopt') {
      const { wanted, held } = change
      const body = bodyOfChange(change, sending, wish.secrets === true && hasSecrets(wanted))
      const path = pathOf(subject.kind, held.id)
      const rest = wanted.kind === 'provider' && 'models' in body ? modelsAtLast(wanted.entry, held) : null
      // A first half that changes nothing is left out: cut off behind it, the next run would begin with it again.
      const isIdle = rest !== null && isSame(body, { models: held.form['models'] })
      if (!isIdle) steps.push({ subject, method: 'PATCH', path, body, held, ...bumps(change, plan) })
      if (rest) later.push({ subject, method: 'PATCH', path, body: rest, held: isIdle ? held : null })
    } else if (change.action === 'release')
      steps.push({
        subject,
        method: 'PATCH',
        path: pathOf(subject.kind, change.held.id),
        body: { managedBy: null },
        held: change.held,
      })
  }
  steps.push(...later, ...ends(plan, leaving))
  return slips.length > 0 ? slipped(slips) : { ok: true, value: steps }
}

const pathOf = (kind: Kind, id: string): string => (kind === 'policies' ? '/policies' : `/${fieldOf[kind]}/${id}`)

type Creation = Extract<Change, { readonly action: 'create' }>

function made({ wanted }: Creation, plan: Plan, sending: Parameters<typeof bodyOfNew>[1], later: Step[]): Step[] {
  const { kind, slug } = wanted
  const body = bodyOfNew(wanted, sending)
  const step: Step = { subject: wanted, method: 'POST', path: `/${fieldOf[kind]}`, body, held: null }
  if (kind === 'provider') {
    const rest = modelsAtLast(wanted.entry, null)
    if (rest) later.push({ subject: wanted, method: 'PATCH', path: pathOf(kind, slug), body: rest, held: null })
  }
  if (kind !== 'project' || wanted.entry.default !== true) return [step]
  const path = pathOf(kind, slug)
  return [step, { subject: wanted, method: 'PATCH', path, body: { default: true }, held: null, ...formerDefault(plan) }]
}

const formerDefault = ({ state }: Plan): Pick<Step, 'alsoRevises'> => {
  const former = state.project.find((project) => project.default)
  return former === undefined ? {} : { alsoRevises: { kind: 'project', slug: former.slug } }
}

const bumps = (
  change: Extract<Change, { readonly action: 'update' | 'adopt' }>,
  plan: Plan,
): Pick<Step, 'alsoRevises'> =>
  change.wanted.kind === 'project' && change.differences.some(({ field }) => field === 'default')
    ? formerDefault(plan)
    : {}

function ends({ changes }: Plan, leaving: ReadonlySet<string>): Step[] {
  const deletions = changes.flatMap((change) => (change.action === 'delete' ? [change.held] : []))
  const loosened = deletions.flatMap((held): Step[] => {
    const body = held.kind === 'provider' ? withoutFallbacks(held, leaving) : null
    return body === null ? [] : [{ subject: held, method: 'PATCH', path: pathOf(held.kind, held.id), body, held }]
  })
  const isLoose = new Set(loosened.map(({ subject }) => titleOf(subject)))
  const gone = deletions.map(
    (held): Step => ({
      subject: held,
      method: 'DELETE',
      path: pathOf(held.kind, held.id),
      held: isLoose.has(titleOf(held)) ? null : held,
    }),
  )
  return [...loosened, ...gone]
}
