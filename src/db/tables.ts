import type { ColumnType, Generated } from 'kysely'

/**
 * The tables as columns, alike on both stores: ids text, times bigint ms, flags 0/1, JSON as text parsed by zod in
 * the domain's store.ts. What a row means is the domain's matter; what it is made of stands here, beside migrations/.
 */
type Ms = number
type Flag = 0 | 1
type Json = string
/** Given once, at insert. */
type Fixed<T> = ColumnType<T, T, never>

type Installation = {
  /** Always 1. */
  id: Fixed<number>
  /** Identity of this change log: positions of another log are void. */
  log_id: Fixed<string>
  /** Names the root in force, with a check value that tells a wrong one. */
  root_id: string
  root_check: string
  created_at: Fixed<Ms>
}
type Organizations = {
  id: Fixed<string>
  slug: string
  name: string
  is_default: Flag
  max_staleness_seconds: number
  revision: number
  created_at: Fixed<Ms>
}
type Members = {
  organization_id: Fixed<string>
  id: Fixed<string>
  email: string
  name: string
  role: 'owner' | 'admin' | 'member' | 'auditor'
  is_operator: Flag
  created_at: Fixed<Ms>
}
type Projects = {
  organization_id: Fixed<string>
  id: Fixed<string>
  slug: string
  name: string
  tier: 'development' | 'staging' | 'production'
  is_default: Flag
  created_at: Fixed<Ms>
}
type ManagementTokens = {
  organization_id: Fixed<string>
  id: Fixed<string>
  member_id: Fixed<string>
  name: string
  scopes: Json
  phc: Fixed<string>
  gate: Fixed<number>
  pepper_id: Fixed<string>
  created_at: Fixed<Ms>
  expires_at: Ms | null
  revoked_at: Ms | null
}
type SetupCodes = {
  organization_id: Fixed<string>
  id: Fixed<string>
  member_id: Fixed<string>
  /** SHA-256 of 256 random bits. */
  code_hash: Fixed<string>
  created_at: Fixed<Ms>
  expires_at: Fixed<Ms>
  used_at: Ms | null
}
type Keys = {
  organization_id: Fixed<string>
  id: Fixed<string>
  token_kind: Fixed<'k' | 'u'>
  name: string
  description: string
  owner_type: 'member' | 'team' | 'app'
  owner_id: string
  /** Kept beside the id so that lists sort by it and a name outlives its owner. */
  owner_name: string
  state: 'active' | 'suspended' | 'revoked' | 'deleted'
  scope: Json
  max_staleness_seconds: number | null
  expires_at: Ms | null
  created_at: Fixed<Ms>
  created_by: Fixed<string>
  revoked_at: Ms | null
  revision: number
}
type SecretVersions = {
  organization_id: Fixed<string>
  key_id: Fixed<string>
  version: Fixed<number>
  phc: Fixed<string>
  gate: Fixed<number>
  pepper_id: Fixed<string>
  created_at: Fixed<Ms>
  valid_until: Ms | null
}
type Servers = {
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
  created_at: Fixed<Ms>
  revision: number
}
type FormerServerSlugs = {
  organization_id: Fixed<string>
  slug: Fixed<string>
  server_id: string
  /** Until then the server answers to it; afterwards the row counts for nothing. */
  ends_at: Ms
}
type ServerHealth = {
  organization_id: Fixed<string>
  server_id: Fixed<string>
  gateway_id: Fixed<string>
  server_revision: number
  state: 'ready' | 'unreachable' | 'starting'
  tools: Json | null
  last_error: string | null
  checked_at: Ms
}
type Credentials = {
  organization_id: Fixed<string>
  id: Fixed<string>
  project_id: string
  slug: string
  kind: 'static'
  created_at: Fixed<Ms>
}
type CredentialVersions = {
  organization_id: Fixed<string>
  credential_id: Fixed<string>
  version: Fixed<number>
  state: 'active' | 'revoked'
  /** Vault blob: format, key-encryption key id, wrapped data key, nonce, ciphertext. */
  blob: Fixed<string>
  created_at: Fixed<Ms>
}
type VaultKeys = {
  organization_id: Fixed<string>
  id: Fixed<string>
  /** Key-encryption key, wrapped by the root that `root_id` names. */
  wrapped: string
  root_id: string
  created_at: Fixed<Ms>
}
type Gateways = {
  organization_id: Fixed<string>
  id: Fixed<string>
  name: string
  /** Null for gateways of `serve`, whose token is made anew at each start and lives in memory only. */
  phc: Fixed<string | null>
  gate: Fixed<number | null>
  pepper_id: Fixed<string | null>
  created_at: Fixed<Ms>
  revoked_at: Ms | null
  last_seen_at: Ms | null
}
type Changes = {
  organization_id: Fixed<string>
  /** Order of insertion, with gaps and out of order across transactions: never a position. */
  row_id: Generated<number>
  /** Given by the sequencer after the commit. */
  number: number | null
  kind: Fixed<string>
  subject_id: Fixed<string>
  at: Fixed<Ms>
}
type AuditEvents = {
  /** Order of insertion: the order in which one transaction's events are sealed. */
  row_id: Generated<number>
  organization_id: Fixed<string>
  id: Fixed<string>
  at: Fixed<Ms>
  actor_kind: Fixed<string>
  actor_id: Fixed<string>
  actor_name: Fixed<string>
  action: Fixed<string>
  subject_kind: Fixed<string>
  subject_id: Fixed<string>
  subject_name: Fixed<string>
  before: Fixed<Json | null>
  after: Fixed<Json | null>
  request_id: Fixed<string>
  /** Both given when the sequencer seals the event into its organization's chain. */
  seq: number | null
  hash: string | null
}
type IdempotentCalls = {
  organization_id: Fixed<string>
  caller: Fixed<string>
  method: Fixed<string>
  path: Fixed<string>
  idempotency_key: Fixed<string>
  body_hash: Fixed<string>
  /** Names the life of the process that ran it, to tell a running call from one that was cut off. */
  boot: Fixed<string>
  status: number | null
  answer: Json | null
  created_at: Fixed<Ms>
}

type Migrations = {
  name: Fixed<string>
  /** SHA-256 over the statements of both stores. */
  checksum: Fixed<string>
  min_program: Fixed<string>
  applied_at: Fixed<Ms>
}

export type Tables = {
  migrations: Migrations
  installation: Installation
  organizations: Organizations
  members: Members
  projects: Projects
  management_tokens: ManagementTokens
  setup_codes: SetupCodes
  keys: Keys
  secret_versions: SecretVersions
  servers: Servers
  former_server_slugs: FormerServerSlugs
  server_health: ServerHealth
  credentials: Credentials
  credential_versions: CredentialVersions
  vault_keys: VaultKeys
  gateways: Gateways
  changes: Changes
  audit_events: AuditEvents
  idempotent_calls: IdempotentCalls
}
