import type { Db } from '../../db/database.ts'
import type { Choice } from '../../keys/schema.ts'
import { ok, type Problem, type Result, refuse } from '../../problems.ts'
import { Tier } from '../../projects/schema.ts'
import type { PolicyDeps } from './deps.ts'
import type { Ceilings, PoliciesPatch } from './schema.ts'

type Failure = NonNullable<Problem['errors']>[number]
type Links = PolicyDeps['policyLinks']

/** Ceilings hold ids, so that renaming moves no right. What they name already may stay when it is gone. */
export async function withIds(
  links: Links,
  db: Db,
  organizationId: string,
  patch: PoliciesPatch,
  held: ReadonlySet<string>,
): Promise<Result<PoliciesPatch>> {
  const errors: Failure[] = []
  const resolve = async (ceilings: Ceilings, pointer: string): Promise<Ceilings> => {
    const named = async (kind: 'servers' | 'providers', choice: Choice | undefined) => {
      if (choice?.mode !== 'only' && choice?.mode !== 'except') return choice
      const names = [...new Set(choice.items)]
      const found = names.length === 0 ? new Map() : await links[kind](db, organizationId, names)
      const ids = choice.items.map((name, i) => {
        const id = found.get(name)?.id ?? (held.has(name) ? name : undefined)
        if (id === undefined)
          errors.push({ pointer: `${pointer}/${kind}/items/${i}`, detail: `there is no such ${kind.slice(0, -1)}` })
        return id ?? name
      })
      return { mode: choice.mode, items: [...new Set(ids)] }
    }
    const servers = await named('servers', ceilings.servers)
    const providers = await named('providers', ceilings.providers)
    return { ...ceilings, ...(servers ? { servers } : {}), ...(providers ? { providers } : {}) }
  }
  const ceilings = patch.ceilings && (await resolve(patch.ceilings, '/ceilings'))
  const tiers = { ...patch.tiers }
  for (const tier of Tier.options) {
    const said = tiers[tier]
    if (said?.ceilings) tiers[tier] = { ...said, ceilings: await resolve(said.ceilings, `/tiers/${tier}/ceilings`) }
  }
  if (errors.length > 0)
    return refuse('invalid', {
      detail: 'The ceilings name what is not there; see errors.',
      errors: errors.slice(0, 100),
    })
  return ok({ ...patch, ...(patch.ceilings ? { ceilings } : {}), ...(patch.tiers ? { tiers } : {}) })
}

/** Every id that ceilings name. */
export const namedIn = (all: readonly (Ceilings | null | undefined)[]): ReadonlySet<string> =>
  new Set(
    all.flatMap((ceilings) =>
      [ceilings?.servers, ceilings?.providers].flatMap((choice) =>
        choice?.mode === 'only' || choice?.mode === 'except' ? choice.items : [],
      ),
    ),
  )
