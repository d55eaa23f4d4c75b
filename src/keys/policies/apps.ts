import type { Db } from '../../db/database.ts'
import { nameOf, placesOf, policiesFor } from '../../people/policies/tiers.ts'
import type { Actor } from '../../people/schema.ts'
import type { refuse } from '../../problems.ts'
import type { Directory } from '../directory.ts'
import { type Broken, brokenRules, refusalOfBroken } from '../policy.ts'
import type { Choice, ToolChoices } from '../schema.ts'
import { ceilingsIn, isGranted, outside } from './ceilings.ts'

/** What an app grants, as far as policies ask. */
type Granting = { readonly tools: ToolChoices; readonly toolsDefault: Choice }
type Asked = {
  readonly project: string
  readonly after: Granting
  /** What it grants already; null: it is new. */
  readonly before: Granting | null
  /** Why it may have all servers: it stands in the key of the app. */
  readonly reason: string | null
}

/** What its key, which names no servers itself, is asked of others: which servers, and why so many. */
export async function refusalOfApp(
  { directory }: { readonly directory: Pick<Directory, 'policies' | 'projects'> },
  db: Db,
  { role, organizationId }: Pick<Actor, 'role' | 'organizationId'>,
  { project, after, before, reason }: Asked,
): Promise<ReturnType<typeof refuse> | null> {
  const policies = await directory.policies(db, organizationId)
  const found = await directory.projects(db, organizationId, [project])
  const places = placesOf([...found.values()].map(({ tier }) => tier))
  const [choice, had] = [serversOf(after), before && serversOf(before)]
  const pointer = after.toolsDefault.mode === 'none' ? '/tools' : '/toolsDefault'
  const rules = places.flatMap((place) =>
    brokenRules({ servers: { choice, reason, pointer } }, policiesFor(policies, place), 0).map(
      (broken): Broken => ({ ...broken, policy: nameOf(policies, place, broken.policy) }),
    ),
  )
  const ceilings = role === 'member' ? ceilingsIn(policies, places) : null
  const isTooWide = ceilings !== null && !isGranted(choice, ceilings.servers, had)
  return refusalOfBroken([...rules, ...(isTooWide ? [outside('servers', pointer)] : [])])
}

/** By server: whatever it grants of it. Pure. */
export function serversOf({ tools, toolsDefault }: Granting): Choice {
  const isNone = (choice: Choice) => choice.mode === 'none' || (choice.mode === 'only' && choice.items.length === 0)
  const named = Object.entries(tools)
  const open = named.filter(([, choice]) => !isNone(choice)).map(([id]) => id)
  if (isNone(toolsDefault)) return open.length === 0 ? { mode: 'none' } : { mode: 'only', items: open }
  const shut = named.filter(([, choice]) => isNone(choice)).map(([id]) => id)
  return shut.length === 0 ? { mode: 'all' } : { mode: 'except', items: shut }
}
