import { z } from 'zod'
import { IdOrSlug } from '../../http/lists.ts'
import type { Route } from '../../http/route.ts'
import { route } from '../../people/route.ts'
import type { Actor, Permission } from '../../people/schema.ts'
import { ok, type Result } from '../../problems.ts'
import { type AnswerDeps, answerFor, Claimable, Revealed, shownOnce } from '../answer.ts'
import type { CreateDeps, Created } from '../create.ts'
import { keyTemplates } from '../templates.data.ts'
import { duplicateKey, replaceKey } from './copy.ts'
import { CopyInput, KeyTemplate } from './schema.ts'

type Deps = CreateDeps & AnswerDeps
type Copy = (actor: Actor, id: string, asked: CopyInput, requestId: string) => Promise<Result<Created>>

export const copyRoutes = (deps: Deps): Route<Actor, Permission>[] => [
  copying(
    deps,
    'duplicate',
    'Makes a second key with every setting of this one, and a secret of its own',
    duplicateKey(deps),
  ),
  copying(deps, 'replacement', 'Makes a key with every setting of this one, which was revoked', replaceKey(deps)),
  route({
    method: 'GET',
    path: '/key-templates',
    summary: 'Where to begin: bodies for POST /keys',
    needs: { right: 'anyone' },
    output: z.strictObject({ items: z.array(KeyTemplate) }),
    handle: async () => ok({ items: [...keyTemplates] }),
  }),
]

function copying(deps: Deps, name: string, summary: string, copy: Copy): Route<Actor, Permission> {
  const answer = answerFor(deps)
  return route({
    method: 'POST',
    path: `/keys/:id/${name}`,
    summary,
    needs: { right: 'keys:write' },
    params: IdOrSlug,
    body: CopyInput,
    output: z.union([Revealed, Claimable]),
    status: 201,
    secretFields: shownOnce,
    handle: async (actor, { params, body, requestId }) => {
      const created = await copy(actor, params.id, body, requestId)
      return created.ok ? ok(await answer(actor, created.value)) : created
    },
  })
}
