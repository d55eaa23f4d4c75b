import { checks } from '../../access/checks.ts'
import { decide, type Subject } from '../../access/decide.ts'
import type { LiveChild } from '../../access/narrow/cuts.ts'
import type { ExplainInput } from '../../access/schema.ts'
import type { Db } from '../../db/database.ts'
import { knownForm } from '../../http/lists.ts'
import type { ExchangeDeps } from '../../keys/children/exchange.ts'
import { ancestorsOf, childOf, findChild, isRevokedWith } from '../../keys/children/store.ts'
import type { Directory } from '../../keys/directory.ts'
import { isThere, keyWithinReach } from '../../keys/owner.ts'
import type { KeyRecord } from '../../keys/schema.ts'
import type { Actor } from '../../people/schema.ts'
import { subjectNow } from './world.ts'

/** Who is asked about, and as what: a key, or a child of one. */
export type AskedAbout = { readonly key: KeyRecord; readonly child: LiveChild | null }

/** Null: there is no such key or child for whoever asks, or they do not belong together. */
export async function askedAbout(
  directory: Pick<Directory, 'ownersOf'>,
  db: Db,
  actor: Actor,
  { key: keyId, child: childId }: Pick<ExplainInput, 'key' | 'child'>,
): Promise<AskedAbout | null> {
  const stored = childId === undefined ? null : await findChild(db, actor.organizationId, knownForm(childId))
  if (childId !== undefined && stored === null) return null
  const key = await keyWithinReach(directory, db, actor, 'access:read', keyId ?? stored?.key ?? '')
  if (!key || !isThere(key.record) || (stored !== null && stored.key !== key.record.id)) return null
  if (stored === null) return { key: key.record, child: null }
  const ancestors = (await ancestorsOf(db, key.record.organization, [stored]))(stored)
  const child = { made: childOf(stored, ancestors), isRevoked: isRevokedWith(stored, ancestors) }
  return { key: key.record, child }
}

const atTheDoor = checks.filter((check) => check.atTheDoor)
const noCall = { kind: 'mcp', server: null, method: 'GET', tool: null } as const

/** For whoever asks for a token: the decision as a gateway would make it, over what this unit of work sees. */
export const createAsk =
  ({ now }: { readonly now: () => number }): ExchangeDeps['ask'] =>
  async (db, { key, child }, where) => {
    // Proved a moment ago, and what has become of it since stands in the record of the key, or in the unit that writes.
    const live = child && { made: child, isRevoked: await isEnded(db, key, child.id) }
    const subject = await subjectNow(db, key, where, live)
    return {
      refusedAtTheDoor: refusalAtTheDoor(subject, now()),
      may: (call) => decide(subject, call, now()).kind === 'allow',
    }
  }

async function isEnded(db: Db, { organization }: KeyRecord, childId: string): Promise<boolean> {
  const stored = await findChild(db, organization, childId)
  if (stored === null) return true
  return isRevokedWith(stored, (await ancestorsOf(db, organization, [stored]))(stored))
}

function refusalAtTheDoor(subject: Subject, now: number) {
  for (const { refuses } of atTheDoor) {
    const refusal = refuses(subject, noCall, now)
    if (refusal !== null) return refusal.code
  }
  return null
}
