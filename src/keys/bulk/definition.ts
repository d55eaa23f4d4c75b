import { z } from 'zod'
import { capsAgain } from '../caps.ts'
import { type KeyView, Metadata, type NewKey } from '../schema.ts'
import type { StoredKey } from '../store.ts'

/** What was true of a key when it was exported. An import takes it and reads none of it. */
const exportedFacts = ['id', 'preview', 'status', 'createdAt', 'expiresAt', 'lastUsedAt', 'requests'] as const
export const Exported = z.record(z.string(), z.json())

/** A key as the body that would make one like it, with ids. */
export type Definition = NewKey & { readonly exported: Readonly<Record<string, string | number | null>> }

/**
 * Pure. Everything that was said is said again; what follows the organization goes on following it. A revoked key
 * becomes one that is switched off: what was ended must not begin again by itself.
 */
export function definitionOf(key: StoredKey, view: KeyView | undefined): Definition {
  const { record, description, tags, rotation } = key
  const { projects, mixedEnvironments, allServersReason, mcp, llm, addresses, gateways } = record.scope
  const isUrl = record.tokenKind === 'u'
  return {
    name: record.name,
    kind: isUrl ? 'url' : 'key',
    description,
    owner: { type: record.owner.type, id: record.owner.id },
    projects,
    mixedEnvironments,
    ...(allServersReason === undefined ? {} : { allServersReason }),
    mcp,
    // A URL key speaks MCP alone, and has nothing to say of models.
    ...(isUrl ? {} : { llm }),
    addresses,
    gateways,
    ...(view === undefined ? {} : capsAgain(view)),
    ...(record.maxStalenessSeconds === null ? {} : { maxStalenessSeconds: record.maxStalenessSeconds }),
    expiresAt: record.expiresAt === null ? null : new Date(record.expiresAt).toISOString(),
    active: record.state === 'active',
    metadata: Metadata.parse(JSON.parse(record.metadata)),
    tags: [...tags],
    ...(isUrl ? { pinNetwork: record.pin !== null } : {}),
    ...(record.honey ? { honey: true } : {}),
    ...(rotation === null ? {} : { rotation }),
    exported: Object.fromEntries(exportedFacts.map((fact) => [fact, view?.[fact] ?? null])),
  }
}
