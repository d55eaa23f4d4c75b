import type { Db } from '../../db/database.ts'
import { knownForm } from '../../http/lists.ts'
import { personalKeysOf } from '../../keys/leaving/store.ts'
import { findKey, type StoredKey } from '../../keys/store.ts'
import type { TransferInput } from '../../people/leaving/schema.ts'
import { refuseTouching } from '../../people/members/allowed.ts'
import { findPerson, type Person } from '../../people/members/store.ts'
import type { Actor } from '../../people/schema.ts'
import { findTeam } from '../../people/teams/store.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { type App, findApp } from '../store.ts'
import { isOpen, type Party } from './give.ts'
import { personalAppsOf } from './store.ts'

/** As much as one call hands on; who asks again goes on with the rest. */
export const perCall = 200

export type Parties = { readonly from: Person; readonly to: Party }
/** An app with its key, or a key of his own. */
export type Item =
  | { readonly kind: 'app'; readonly app: App; readonly key: StoredKey | null }
  | { readonly kind: 'key'; readonly key: StoredKey }

/** Who hands on to whom; asked again inside each unit of work, as either may come or go meanwhile. */
export async function partiesOf(
  db: Db,
  actor: Actor,
  memberId: string,
  to: TransferInput['to'],
): Promise<Result<Parties>> {
  const { organizationId } = actor
  const from = await findPerson(db, organizationId, memberId)
  if (!from) return refuse('not_found')
  const refused = refuseTouching(actor, from)
  if (refused) return refused
  if (from.state === 'active') return refuse('in_use', { detail: stillHere(from) })
  const heir = await heirOf(db, organizationId, to)
  return heir.ok ? ok({ from, to: heir.value }) : heir
}

const stillHere = ({ id, name }: Person): string =>
  `${name} is active and uses what would be handed on. POST /members/${id}/deactivate first.`

async function heirOf(db: Db, organizationId: string, { type, id }: TransferInput['to']): Promise<Result<Party>> {
  const name = knownForm(id)
  if (type === 'team') {
    const team = name === '' ? null : await findTeam(db, organizationId, name)
    return team ? ok({ type, id: team.id, name: team.name }) : invalid('/to/id', 'there is no such team')
  }
  const heir = await findPerson(db, organizationId, name)
  if (!heir || heir.state === 'removed') return invalid('/to/id', 'there is no such member')
  if (heir.state !== 'active') return invalid('/to/id', 'is deactivated; an heir has to be active')
  return ok({ type, id: heir.id, name: heir.name })
}

type Wanted = {
  readonly items: readonly Item[]
  /** How many were named and are still his; null: all that he has is asked for. */
  readonly wanted: { readonly keys: number; readonly apps: number } | null
}

/** At most `perCall` of what is asked for and still his. What is the heir's already was handed on by an earlier call. */
export async function itemsOf(
  db: Db,
  { from, to }: Parties,
  organizationId: string,
  { keys, apps }: Pick<TransferInput, 'keys' | 'apps'>,
): Promise<Result<Wanted>> {
  if (keys === undefined && apps === undefined)
    return ok({ items: await allOf(db, organizationId, from.id), wanted: null })
  const items: Item[] = []
  const errors: { pointer: string; detail: string }[] = []
  for (const [kind, ids] of [['app', apps ?? []] as const, ['key', keys ?? []] as const])
    for (const [at, id] of ids.entries()) {
      const found = await namedItem(db, organizationId, kind, knownForm(id), { from, to })
      if (typeof found === 'string') errors.push({ pointer: `/${kind}s/${at}`, detail: found })
      else if (found) items.push(found)
    }
  if (errors.length > 0)
    return refuse('invalid', {
      detail: 'Not everything that was named can be handed on.',
      errors: errors.slice(0, 100),
    })
  const wanted = { keys: countOf(items, 'key'), apps: countOf(items, 'app') }
  return ok({ items: items.slice(0, perCall), wanted })
}

export const countOf = (items: readonly Item[], kind: Item['kind']): number =>
  items.filter((item) => item.kind === kind).length

async function allOf(db: Db, organizationId: string, memberId: string): Promise<Item[]> {
  const apps = await personalAppsOf(db, organizationId, memberId, perCall)
  const left = await personalKeysOf(db, organizationId, memberId, { limit: perCall - apps.length, direct: true })
  const items: Item[] = []
  for (const app of apps) items.push({ kind: 'app', app, key: await openKeyOf(db, app) })
  for (const { id } of left) {
    const key = await findKey(db, organizationId, id)
    if (key) items.push({ kind: 'key', key })
  }
  return items
}

const openKeyOf = async (db: Db, { organizationId, keyId }: App): Promise<StoredKey | null> => {
  const key = keyId === null ? null : await findKey(db, organizationId, keyId)
  return key && isOpen(key) ? key : null
}

/** A text says why it cannot be handed on; null: the heir has it. */
export async function namedItem(
  db: Db,
  organizationId: string,
  kind: Item['kind'],
  id: string,
  { from, to }: Parties,
): Promise<Item | string | null> {
  if (kind === 'app') {
    const app = id === '' ? null : await findApp(db, organizationId, id)
    if (app?.owner.id === to.id) return null
    return app?.owner.id === from.id ? { kind, app, key: await openKeyOf(db, app) } : `is no app of ${from.name}`
  }
  const key = await findKey(db, organizationId, id)
  if (!key || !isOpen(key)) return `is no key of ${from.name} that could be handed on`
  const { owner } = key.record
  if (owner.id === to.id) return null
  if (owner.type === 'app') {
    const app = await findApp(db, organizationId, owner.id)
    if (app?.owner.id === from.id) return 'is the key of an app, and goes with it'
  }
  return owner.id === from.id ? { kind, key } : `is no key of ${from.name} that could be handed on`
}

const invalid = (pointer: string, detail: string) =>
  refuse('invalid', { detail: `${pointer}: ${detail}.`, errors: [{ pointer, detail }] })
