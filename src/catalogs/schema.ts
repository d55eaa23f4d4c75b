import { z } from 'zod'
import { displayName } from '../keys/schema.ts'
import { slug } from '../servers/schema.ts'

/** Wire and domain types of catalogs: named sets of servers and providers, and who may use them. */

export const catalogId = z.string().regex(/^cat_[0-9A-Za-z]{16}$/)

/** Ids or slugs. */
const Names = z.array(z.string().min(1).max(64)).max(5000)

/** Everyone is a word, too: an audience that names nobody reaches nobody. */
const AudienceInput = z.strictObject({
  everyone: z.boolean().optional(),
  teams: Names.optional(),
  members: Names.optional(),
})

export const NewCatalog = z.strictObject({
  slug,
  name: displayName.optional(),
  servers: Names.optional(),
  providers: Names.optional(),
  audience: AudienceInput.optional(),
})
export type NewCatalog = z.infer<typeof NewCatalog>

export const CatalogPatch = z.strictObject({
  slug: slug.optional(),
  name: displayName.nullable().optional(),
  servers: Names.nullable().optional(),
  providers: Names.nullable().optional(),
  audience: AudienceInput.nullable().optional(),
  /** Null: the configuration that manages it lets go of it. */
  managedBy: z.null().optional(),
})
export type CatalogPatch = z.infer<typeof CatalogPatch>

export const Audience = z.strictObject({
  everyone: z.boolean(),
  teams: z.array(z.string()),
  members: z.array(z.string()),
})
export type Audience = z.infer<typeof Audience>

export const CatalogView = z.strictObject({
  id: catalogId,
  slug,
  name: z.string(),
  servers: z.array(z.string()),
  providers: z.array(z.string()),
  audience: Audience,
  /** New servers and providers join it unless they are told otherwise. */
  joinedByNew: z.boolean(),
  /** The configuration that manages it (`ostiary apply`); null: whoever may. */
  managedBy: z.string().nullable(),
  createdAt: z.string(),
  revision: z.int(),
})
export type CatalogView = z.infer<typeof CatalogView>

export const CatalogRecord = z.object({
  kind: z.literal('catalog'),
  organization: z.string(),
  id: catalogId,
  revision: z.int(),
  servers: z.array(z.string()),
  providers: z.array(z.string()),
  audience: z.object({ everyone: z.boolean(), teams: z.array(z.string()), members: z.array(z.string()) }),
})
export type CatalogRecord = z.infer<typeof CatalogRecord>
