import type { Generated } from 'kysely'
import type { Fixed, Flag, Json, Ms } from './column.ts'

/** What lies behind the gateways, its secrets, and whom it is open to. */

export type Catalogs = {
  organization_id: Fixed<string>
  id: Fixed<string>
  slug: string
  name: string
  everyone: Flag
  /** New servers and providers join it; one of an organization at most. */
  joined_by_new: Flag
  created_at: Fixed<Ms>
  revision: number
  managed_by: string | null
}
export type CatalogServers = { organization_id: Fixed<string>; catalog_id: Fixed<string>; server_id: Fixed<string> }
export type CatalogProviders = { organization_id: Fixed<string>; catalog_id: Fixed<string>; provider_id: Fixed<string> }
export type CatalogTeams = { organization_id: Fixed<string>; catalog_id: Fixed<string>; team_id: Fixed<string> }
export type CatalogMembers = { organization_id: Fixed<string>; catalog_id: Fixed<string>; member_id: Fixed<string> }
export type Providers = {
  organization_id: Fixed<string>
  id: Fixed<string>
  project_id: Fixed<string>
  /** Of a deleted provider its id, so that the slug is free. */
  slug: string
  name: string
  dialect: Fixed<'openai' | 'anthropic'>
  base_url: string
  models: Json
  credential_id: string | null
  /** Where the credential goes. */
  auth: Generated<'bearer' | 'x-api-key' | 'api-key'>
  /** What differs from the defaults may be missing. */
  timeouts: Generated<Json>
  retries: Generated<number>
  /** What it was made from; its models are known under this name in the price list. */
  preset: Fixed<string | null>
  /** How it answered when somebody last looked; no change of the provider. */
  health: Json | null
  state: 'active' | 'deleted'
  created_at: Fixed<Ms>
  created_by: Fixed<string>
  revision: number
  managed_by: string | null
}
export type Servers = {
  organization_id: Fixed<string>
  id: Fixed<string>
  project_id: string
  slug: string
  name: string
  state: 'active' | 'deleted'
  /** Transport without the values of stdio `env`, which stand encrypted in `env_blob`. */
  transport: Json
  env_blob: string | null
  credential_id: string | null
  slot: Json | null
  /** What differs from the defaults may be missing. */
  timeouts: Generated<Json>
  per_gateway: Generated<Flag>
  /** Price of a call by tool, decimal text of USD; `*`: of every other tool. */
  tool_prices: Generated<Json>
  created_at: Fixed<Ms>
  /** Null where nobody wrote it down yet. */
  created_by: Fixed<string | null>
  revision: number
  managed_by: string | null
}
export type FormerServerSlugs = {
  organization_id: Fixed<string>
  slug: Fixed<string>
  server_id: string
  /** Until then the server answers to it; afterwards the row counts for nothing. */
  ends_at: Ms
}
export type ServerHealth = {
  organization_id: Fixed<string>
  server_id: Fixed<string>
  gateway_id: Fixed<string>
  server_revision: number
  state: 'ready' | 'unreachable' | 'starting'
  tools: Json | null
  last_error: string | null
  checked_at: Ms
}
export type Credentials = {
  organization_id: Fixed<string>
  id: Fixed<string>
  project_id: string
  slug: string
  kind: 'static'
  created_at: Fixed<Ms>
}
export type CredentialVersions = {
  organization_id: Fixed<string>
  credential_id: Fixed<string>
  version: Fixed<number>
  state: 'active' | 'revoked'
  /** Vault blob: format, key-encryption key id, wrapped data key, nonce, ciphertext. */
  blob: string
  created_at: Fixed<Ms>
}
export type VaultKeys = {
  organization_id: Fixed<string>
  id: Fixed<string>
  /** Key-encryption key, wrapped by the root that `root_id` names. */
  wrapped: string
  root_id: string
  created_at: Fixed<Ms>
}
