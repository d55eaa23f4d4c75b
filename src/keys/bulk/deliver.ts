import type { Actor } from '../../people/schema.ts'
import type { Problem, Result } from '../../problems.ts'
import { Secret } from '../../secret.ts'
import { type AnswerDeps, revealed } from '../answer.ts'
import { type CreateDeps, type Created, createKey } from '../create.ts'
import { deleteKey, type EndDeps } from '../revoke.ts'
import { type Definition, imported, type Outcome, refused } from './outcome.ts'

export type DeliverDeps = EndDeps & {
  /** One attempt, signed; neither the message nor the answer is kept. A `Secret` is revealed in what leaves only. */
  readonly deliverNow: (
    organizationId: string,
    webhookId: string,
    message: { readonly type: string; readonly timestamp: string; readonly data: unknown },
  ) => Promise<Result<unknown>>
}
type Deps = CreateDeps & AnswerDeps & DeliverDeps
type Delivering = {
  readonly definitions: readonly Definition[]
  readonly deliverTo: string
  readonly requestId: string
  readonly note: (outcome: Outcome) => void
}

/**
 * One after the other, each known to the gateways before it leaves: the receiver may use it at once. What could not be
 * delivered nobody holds, so that key is deleted again; and after one that did not arrive no other is tried.
 */
export async function deliverKeys(
  deps: Deps,
  actor: Actor,
  { definitions, deliverTo, requestId, note }: Delivering,
): Promise<void> {
  const create = createKey(deps)
  const remove = deleteKey(deps)
  let failure: Problem | null = null
  for (const { index, input } of definitions) {
    if (failure) {
      note(refused(index, { code: failure.code, detail: 'Not tried, since a secret before it did not arrive.' }))
      continue
    }
    const created = await create(actor, input, requestId)
    if (!created.ok) note(refused(index, created.problem))
    else if ('claim' in created.value) note(imported(deps, index, created.value))
    else {
      const { id, name } = created.value.key.record
      const delivered = await deps.deliverNow(actor.organizationId, deliverTo, messageOf(deps, created.value))
      if (delivered.ok) note({ index, ok: true, id, name, delivered: true })
      else {
        failure = delivered.problem
        await remove(actor, { id, reason: 'Its secret did not arrive.', waitMs: 0, ifMatch: null, requestId })
        note(refused(index, failure))
      }
    }
  }
}

type Shown = Extract<Created, { readonly secret: Secret }>

/** As the event of it, and with the one thing that no event has. */
function messageOf(deps: Deps, { key, secret }: Shown) {
  const { id, name, organization, owner } = key.record
  const { url } = revealed(deps, key, secret)
  return {
    type: 'key.created',
    timestamp: new Date(deps.now()).toISOString(),
    data: {
      organization,
      key: { id, name, owner: { type: owner.type, id: owner.id } },
      version: 1,
      secret,
      ...(url === undefined ? {} : { url: new Secret(url, 'address of a URL key') }),
    },
  }
}
