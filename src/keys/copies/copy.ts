import type { Actor } from '../../people/schema.ts'
import { type Result, refuse } from '../../problems.ts'
import { capsAgain, capsOfKey } from '../caps.ts'
import { type CreateDeps, type Created, createKey } from '../create.ts'
import { isThere, keyWithinReach } from '../owner.ts'
import type { NewKey } from '../schema.ts'
import type { StoredKey } from '../store.ts'
import { copyName, inputOf } from './input.ts'
import type { CopyInput } from './schema.ts'

/** A second key with the same settings, under a name that says so. */
export const duplicateKey = (deps: CreateDeps) =>
  copy(deps, (key) => (key.ephemeral ? refuse('invalid', { detail: ofOneToken }) : null), copyName)

/** For a key that was revoked: what it was, under a new id. */
export const replaceKey = (deps: CreateDeps) =>
  copy(
    deps,
    ({ record, ephemeral }) => {
      if (ephemeral) return refuse('invalid', { detail: ofOneToken })
      return record.state === 'revoked' ? null : refuse('in_use', { detail: notRevoked(record.id) })
    },
    (name) => name,
  )

const ofOneToken = 'An ephemeral key is one token and has nothing that could be copied; ask for another one.'
const notRevoked = (id: string): string =>
  `This key has not been revoked. POST /keys/${id}/rotate gives it a new secret; POST /keys/${id}/duplicate makes a second key.`

type Refusal = ReturnType<typeof refuse>

const copy = (deps: CreateDeps, unfit: (key: StoredKey) => Refusal | null, nameOf: (name: string) => string) => {
  const create = createKey(deps)
  return async (actor: Actor, id: string, asked: CopyInput, requestId: string): Promise<Result<Created>> => {
    const { organizationId } = actor
    const found = await deps.read(organizationId, async (db) => {
      const key = await keyWithinReach(deps.directory, db, actor, 'keys:write', id)
      if (!key || !isThere(key.record)) return null
      const { projects } = key.record.scope
      const live = projects.length === 0 ? new Map() : await deps.directory.projects(db, organizationId, projects)
      const caps = await capsOfKey(db, organizationId, key.record.id, deps.now())
      return { key, caps, projects: projects.filter((project) => live.has(project)) }
    })
    if (!found) return refuse('not_found')
    const refused = unfit(found.key)
    if (refused) return refused
    const was = { ...inputOf(found.key, found.projects, deps.now()), ...capsAgain(found.caps) }
    const created = await create(actor, withAsked(was, asked, nameOf), requestId, found.key)
    return created.ok ? created : ofOwnerGone(created)
  }
}

function withAsked({ expiresAt, ...was }: NewKey, asked: CopyInput, nameOf: (name: string) => string): NewKey {
  const isSaid = asked.expiresAt !== undefined || asked.expiresIn !== undefined
  return { ...was, ...(isSaid ? {} : { expiresAt }), ...asked, name: asked.name ?? nameOf(was.name) }
}

/** Its place in the body is none that whoever copies has written. */
function ofOwnerGone(refused: Extract<Result<Created>, { ok: false }>): Result<Created> {
  const isGone = refused.problem.errors?.some(({ pointer }) => pointer === '/owner/id')
  return isGone
    ? refuse('invalid', { detail: 'The owner of this key is gone; make a new key for somebody else.' })
    : refused
}
