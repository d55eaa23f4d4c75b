import type { Db } from '../db/database.ts'
import { knownForm } from '../http/lists.ts'
import type { Choice, ToolChoices } from '../keys/schema.ts'
import { eachOnce, type Failure } from '../keys/scope.ts'
import { reachOf } from '../people/may.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { type AppDeps, invalid } from './deps.ts'

const serversAtMost = 1000
const errorsShown = 100

/** What an app grants where nothing was said. */
export const noTools: Choice = { mode: 'none' }

/**
 * By server ids, so that renaming moves no right. `held`: servers that the app names already; they may stay, whoever
 * asks, and even when they are gone, since they open nothing then.
 */
export async function toolsFor(
  directory: AppDeps['directory'],
  db: Db,
  actor: Actor,
  tools: ToolChoices,
  held: ToolChoices = {},
): Promise<Result<ToolChoices>> {
  const names = Object.keys(tools)
  if (names.length > serversAtMost) return invalid('/tools', `must name ${serversAtMost} servers at most`)
  const ids = await serversNamed(directory, db, actor, names, held)
  const errors: Failure[] = []
  const granted = new Map<string, Choice>()
  for (const [name, choice] of Object.entries(tools)) {
    const pointer = `/tools/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
    const id = ids.get(name)
    errors.push(...unfit(choice, pointer))
    if (id === undefined) errors.push({ pointer, detail: 'there is no such server' })
    else if (granted.has(id)) errors.push({ pointer, detail: 'this server has an entry already, under its other name' })
    else granted.set(id, eachOnce(choice))
  }
  return errors.length === 0 ? ok(Object.fromEntries(granted)) : refused(errors)
}

export function defaultFor(choice: Choice): Result<Choice> {
  const errors = unfit(choice, '/toolsDefault')
  return errors.length === 0 ? ok(eachOnce(choice)) : refused(errors)
}

const refused = (errors: readonly Failure[]) =>
  refuse('invalid', { detail: 'Some of the tools are not valid; see errors.', errors: errors.slice(0, errorsShown) })

/** Who may not list servers names only what he reaches: a refusal would tell him which slugs there are. */
async function serversNamed(
  directory: AppDeps['directory'],
  db: Db,
  actor: Actor,
  names: readonly string[],
  held: ToolChoices,
): Promise<ReadonlyMap<string, string>> {
  const { organizationId, memberId, role } = actor
  const asked = names.filter((name) => knownForm(name) !== '')
  if (asked.length === 0) return new Map()
  const found = await directory.servers(db, organizationId, asked)
  const reached = reachOf(role, 'servers:read') === 'all' ? null : await directory.reachOf(db, organizationId, memberId)
  const ids = new Map(asked.filter((name) => Object.hasOwn(held, name)).map((name) => [name, name]))
  for (const [name, { id }] of found) {
    if (reached === null || reached.servers.has(id) || Object.hasOwn(held, id)) ids.set(name, id)
  }
  return ids
}

/** Names of tools are compared as they are; those that no JSON column takes are no names. */
function unfit(choice: Choice, pointer: string): Failure[] {
  if (choice.mode !== 'only' && choice.mode !== 'except') return []
  return choice.items.flatMap((item, i) =>
    /[\p{Cc}\p{Cs}]/u.test(item)
      ? [{ pointer: `${pointer}/items/${i}`, detail: 'must not hold control characters or halves of characters' }]
      : [],
  )
}
