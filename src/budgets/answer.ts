import { audited } from '../audit/audited.ts'
import type { AuditAction } from '../audit/schema.ts'
import { insertEvent } from '../audit/store.ts'
import type { Db } from '../db/database.ts'
import type { Refs } from '../http/lists.ts'
import type { Actor } from '../people/schema.ts'
import type { BudgetDeps } from './deps.ts'
import { subjectOf } from './ledger/book.ts'
import type { BudgetView } from './schema.ts'
import { standingsOf } from './standing.ts'
import type { Budget } from './store.ts'
import { refsOf } from './target.ts'
import { viewOf } from './view.ts'

export type Shown = { readonly budget: BudgetView; readonly refs: Refs }

export async function shown(
  deps: Pick<BudgetDeps, 'now' | 'ownerOf' | 'projects' | 'owners'>,
  db: Db,
  organizationId: string,
  budgets: readonly Budget[],
): Promise<{ readonly budgets: BudgetView[]; readonly refs: Refs }> {
  const at = deps.now()
  const standings = await standingsOf(db, organizationId, budgets, at)
  const refs = await refsOf(
    deps,
    db,
    organizationId,
    budgets.map(({ target }) => target),
  )
  return { budgets: standings.map((standing) => viewOf(standing, at)), refs }
}

export async function shownOne(deps: BudgetDeps, db: Db, budget: Budget): Promise<Shown> {
  const { budgets, refs } = await shown(deps, db, budget.organizationId, [budget])
  const [view] = budgets
  if (view === undefined) throw new Error(`Budget ${budget.id} has no view`)
  return { budget: view, refs }
}

type Happened = {
  readonly action: Extract<AuditAction, `budget.${string}`>
  readonly before?: BudgetView
  readonly after?: object
}

export async function recordEvent(
  deps: Pick<BudgetDeps, 'newId' | 'now'>,
  db: Db,
  by: { readonly actor: Actor; readonly requestId: string },
  budget: Budget,
  { action, before, after }: Happened,
): Promise<void> {
  await insertEvent(db, budget.organizationId, {
    id: deps.newId('evt'),
    at: deps.now(),
    requestId: by.requestId,
    actor: audited(by.actor),
    action,
    subject: await subjectOf(db, budget),
    ...(before && { before }),
    ...(after && { after }),
  })
}
