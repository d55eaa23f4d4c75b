import { payersOf } from '../access/caps.ts'
import type { Subject, Target } from '../access-requests/deps.ts'
import type { NewAccessRequest } from '../access-requests/schema.ts'
import { nanoOf } from '../budgets/schema.ts'
import { type Budget, budgetsAbout } from '../budgets/store.ts'
import type { Db } from '../db/database.ts'
import { knownForm } from '../http/lists.ts'
import { findKey } from '../keys/store.ts'
import { TargetType } from '../limits/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { resolveModel } from '../providers/models.ts'
import { findProvider, type Provider, providersByModel } from '../providers/store.ts'
import { findServer } from '../servers/store.ts'
import { recordsAbout } from './access/world.ts'

/**
 * What is asked for, as it is there now. Whoever asks learns no more than `explain` tells him: whether a name exists in
 * his own organization, and nothing of what it is; whether a server has such a tool he is not told.
 */
export const createSubjects =
  ({ now }: { readonly now: () => number }) =>
  async (db: Db, organizationId: string, target: Target, asked: NewAccessRequest): Promise<Result<Subject>> => {
    const { server, tool, provider, model, budget } = asked
    if (server !== undefined) return onServer(db, organizationId, '/server', { server, tool: null }, now())
    if (tool !== undefined) {
      const [of, part] = halves(tool)
      if (part === '') return wrong('/tool', 'must be a server and a tool such as wiki/search')
      return onServer(db, organizationId, '/tool', { server: of, tool: part }, now())
    }
    if (provider !== undefined) {
      const found = await findProvider(db, organizationId, knownForm(provider))
      return found ? ok(ofProvider(found, null)) : wrong('/provider', 'there is no such provider')
    }
    if (model !== undefined) return modelNamed(db, organizationId, model)
    return budget === undefined ? wrong('', 'nothing is asked for') : budgetOver(db, organizationId, target, budget)
  }

const halves = (text: string): [string, string] => {
  const at = text.indexOf('/')
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

async function onServer(
  db: Db,
  organizationId: string,
  pointer: string,
  asked: { readonly server: string; readonly tool: string | null },
  now: number,
): Promise<Result<Subject>> {
  const name = knownForm(asked.server)
  const found = name === '' ? null : await findServer(db, organizationId, name, now)
  if (found === null) return wrong(pointer, 'there is no such server')
  const kind = asked.tool === null ? 'server' : 'tool'
  return ok({ kind, id: found.id, name: found.slug, part: asked.tool, nanoUsd: null })
}

const ofProvider = ({ id, slug }: Provider, part: string | null): Subject => ({
  kind: part === null ? 'provider' : 'model',
  id,
  name: slug,
  part,
  nanoUsd: null,
})

/** Models may have a slash in their own names, so the first half counts only if it is a provider. */
async function modelNamed(db: Db, organizationId: string, asked: string): Promise<Result<Subject>> {
  const [of, rest] = halves(asked)
  const named = rest === '' ? null : await findProvider(db, organizationId, knownForm(of))
  const found = named && resolveModel(named, rest)
  if (named && found) return ok(ofProvider(named, found.id))
  const [first, ...others] = named ? [] : await providersByModel(db, organizationId, asked)
  if (others.length > 0) return wrong('/model', 'more than one provider offers it: say provider/model')
  const model = first && resolveModel(first, asked)
  return first && model ? ok(ofProvider(first, model.id)) : wrong('/model', 'there is no such model')
}

/** One that calls of the key, or of the member's keys, count towards. */
async function budgetOver(
  db: Db,
  organizationId: string,
  target: Target,
  { id, usd }: NonNullable<NewAccessRequest['budget']>,
): Promise<Result<Subject>> {
  const all = await budgetsOver(db, organizationId, target)
  const [first, ...others] = id === undefined ? all : all.filter((budget) => budget.id === id)
  if (first === undefined) return wrong('/budget', 'there is no such budget that counts here')
  if (others.length > 0) return wrong('/budget/id', 'is needed: more than one budget counts here')
  return ok({ kind: 'budget', id: first.id, name: nameOf(first), part: null, nanoUsd: nanoOf(usd) })
}

async function budgetsOver(db: Db, organizationId: string, { type, id }: Target): Promise<Budget[]> {
  const key = type === 'key' ? ((await findKey(db, organizationId, id))?.record ?? null) : null
  const owner = key?.owner ?? { type: 'member' as const, id }
  const projects = (key?.scope.projects ?? []).map((project) => `project:${project}`)
  const payers = payersOf(owner, await recordsAbout(db, organizationId, owner))
  const own = key === null ? [] : [`key:${id}`]
  const found: Budget[] = []
  for (const name of [...own, ...payers, ...projects, `organization:${organizationId}`]) {
    const at = name.indexOf(':')
    found.push(...(await budgetsAbout(db, organizationId, TargetType.parse(name.slice(0, at)), [name.slice(at + 1)])))
  }
  return found
}

const nameOf = ({ period, target }: Budget): string => `${words[period]} of the ${target.type}`
const words = { total: 'budget', day: 'daily budget', week: 'weekly budget', month: 'monthly budget' } as const

const wrong = (pointer: string, detail: string) =>
  refuse('invalid', { detail: `${pointer.slice(1)}: ${detail}.`, errors: [{ pointer, detail }] })
