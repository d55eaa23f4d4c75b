import { IdOrSlug, Refs, Waiting } from '../../http/lists.ts'
import type { Route } from '../../http/route.ts'
import { route } from '../../people/route.ts'
import type { Actor, Permission } from '../../people/schema.ts'
import { ok } from '../../problems.ts'
import { type AnswerDeps, offered } from '../answer.ts'
import { showAll } from '../show.ts'
import { type CompromiseDeps, compromiseKey, type Outcome } from './compromise.ts'
import { Compromised, CompromiseInput } from './schema.ts'

type Deps = CompromiseDeps & AnswerDeps

export function compromiseRoutes(deps: Deps): Route<Actor, Permission>[] {
  const compromise = compromiseKey(deps)
  return [
    route({
      method: 'POST',
      path: '/keys/:id/compromise',
      summary:
        'For a key that others may have: ends it with everything made of it, makes a replacement for its owner, and shows what was done with it',
      needs: { right: 'keys:write' },
      params: IdOrSlug,
      query: Waiting,
      body: CompromiseInput,
      output: Compromised.extend({ refs: Refs }),
      secretFields: ['replacement.claim.url'],
      handle: async (actor, { params, query, body, requestId, ifMatch }) => {
        const { dryRun, reason, waitMs = query.waitMs } = body
        const done = await compromise(actor, { id: params.id, dryRun, reason, waitMs, ifMatch, requestId })
        return done.ok ? ok({ ...(await shown(deps, actor, done.value)), dryRun }) : done
      },
    }),
  ]
}

async function shown(deps: Deps, actor: Actor, { key, replacement, refused, evidence, effect, refs }: Outcome) {
  const keys = replacement === null ? [key] : [key, replacement.key]
  const { items, refs: named } = await deps.read(actor.organizationId, (db) => showAll(deps, db, actor, keys))
  const [view, replaced] = items
  if (!view) throw new Error('one key has one view')
  return {
    key: view,
    replacement: replacement && replaced ? { key: replaced, claim: offered(deps, replacement.claim) } : null,
    replacementRefused: refused && { code: refused.code, detail: refused.detail },
    evidence,
    effect,
    refs: { ...refs, ...named },
  }
}
