import type { Call, ExplainInput } from '../../access/schema.ts'
import type { Db } from '../../db/database.ts'
import { knownForm } from '../../http/lists.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { resolveModel } from '../../providers/models.ts'
import { findProvider, type Provider, providersByModel } from '../../providers/store.ts'
import { findServer, type Server } from '../../servers/store.ts'

/** The call with what its names lead to now, and how to speak of that in a sentence. */
export type Meant = { readonly call: Call; readonly target: string; readonly part: string }

export async function meantBy(
  db: Db,
  organizationId: string,
  asked: ExplainInput['call'],
  now: number,
): Promise<Result<Meant>> {
  if (asked.kind === 'llm') return meantProvider(db, organizationId, asked)
  const name = knownForm(asked.server)
  const server = name === '' ? null : await findServer(db, organizationId, name, now)
  return ok({ call: callOf(server, asked), target: server?.slug ?? asked.server, part: asked.tool ?? '' })
}

const callOf = (
  server: Server | null,
  { method, tool }: { method?: string | undefined; tool?: string | undefined },
): Call => ({
  kind: 'mcp',
  server: server && targetOf(server),
  method: method ?? (tool === undefined ? 'initialize' : 'tools/call'),
  tool: tool ?? null,
})

async function meantProvider(
  db: Db,
  organizationId: string,
  asked: Extract<ExplainInput['call'], { kind: 'llm' }>,
): Promise<Result<Meant>> {
  const provider =
    asked.provider === undefined
      ? await onlyProviderOf(db, organizationId, asked.model)
      : ok(await namedProvider(db, organizationId, asked.provider))
  if (!provider.ok) return provider
  const { value: found } = provider
  const model = (found && resolveModel(found, asked.model)?.id) ?? asked.model
  return ok({
    call: { kind: 'llm', provider: found && providerTarget(found), model },
    target: found?.slug ?? asked.provider ?? `of the model ${asked.model}`,
    part: asked.model,
  })
}

const namedProvider = (db: Db, organizationId: string, asked: string): Promise<Provider | null> =>
  findProvider(db, organizationId, knownForm(asked))

/** Which of several is meant nobody can know; the one that the key may call is not the one that a client calls. */
async function onlyProviderOf(db: Db, organizationId: string, model: string): Promise<Result<Provider | null>> {
  const [first = null, ...others] = await providersByModel(db, organizationId, model)
  if (others.length === 0) return ok(first)
  return refuse('invalid', {
    detail: 'More than one provider offers this model: say which one in call.provider.',
    errors: [{ pointer: '/call/provider', detail: 'is needed: more than one provider offers this model' }],
  })
}

export const targetOf = ({ id, projectId }: Pick<Server, 'id' | 'projectId'>) => ({ id, project: projectId })
export const providerTarget = (provider: Provider) => ({
  ...targetOf(provider),
  models: new Set(provider.models.map(({ id }) => id)),
})
