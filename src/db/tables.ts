import type { Generated } from 'kysely'
import type { Fixed, Json, Ms } from './tables/column.ts'
import type * as Keys from './tables/keys.ts'
import type * as Limits from './tables/limits.ts'
import type * as Notices from './tables/notices.ts'
import type * as People from './tables/people.ts'
import type * as Requests from './tables/requests.ts'
import type * as SignIn from './tables/sign-in.ts'
import type * as Upstream from './tables/upstream.ts'
import type * as Hooks from './tables/webhooks.ts'

/**
 * The tables as columns, alike on both stores: ids text, times bigint ms, flags 0/1, JSON as text parsed by zod in
 * the domain's store.ts. What a row means is the domain's matter; what it is made of stands here, beside migrations/.
 */

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
  /** Where clients reach it, as it last said; null: it has not. */
  public_url: string | null
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
  /** Of whoever asked; null where nobody did, and in events of before. */
  address: Fixed<string | null>
  /** Both given when the sequencer seals the event into its organization's chain. */
  seq: number | null
  hash: string | null
}
type AuditCheckpoints = {
  organization_id: Fixed<string>
  seq: Fixed<number>
  hash: Fixed<string>
  at: Fixed<Ms>
  /** Public key and signature, base64url. */
  signing_key: Fixed<string>
  signature: Fixed<string>
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
  organizations: People.Organizations
  members: People.Members
  teams: People.Teams
  team_members: People.TeamMembers
  projects: People.Projects
  catalogs: Upstream.Catalogs
  catalog_servers: Upstream.CatalogServers
  catalog_providers: Upstream.CatalogProviders
  catalog_teams: Upstream.CatalogTeams
  catalog_members: Upstream.CatalogMembers
  apps: People.Apps
  providers: Upstream.Providers
  management_tokens: People.ManagementTokens
  setup_codes: People.SetupCodes
  sign_in_secrets: SignIn.SignInSecrets
  recovery_codes: SignIn.RecoveryCodes
  sessions: SignIn.Sessions
  invitations: SignIn.Invitations
  password_resets: SignIn.PasswordResets
  identity_providers: SignIn.IdentityProviders
  identities: SignIn.Identities
  sign_in_attempts: SignIn.SignInAttempts
  access_requests: SignIn.AccessRequests
  keys: Keys.Keys
  key_projects: Keys.KeyProjects
  key_names: Keys.KeyNames
  key_tags: Keys.KeyTags
  key_servers: Keys.KeyServers
  secret_versions: Keys.SecretVersions
  key_claims: Keys.KeyClaims
  children: Keys.Children
  rotations: Keys.Rotations
  key_warnings: Keys.KeyWarnings
  key_clients: Keys.KeyClients
  key_calls: Keys.KeyCalls
  owner_requests: Keys.OwnerRequests
  usage_marks: Keys.UsageMarks
  notifications: Notices.Notifications
  notification_marks: Notices.NotificationMarks
  notification_preferences: Notices.NotificationPreferences
  quota_notices: Notices.QuotaNotices
  webhooks: Hooks.Webhooks
  webhook_deliveries: Hooks.WebhookDeliveries
  webhook_marks: Hooks.WebhookMarks
  limits: Limits.Limits
  limit_pools: Limits.LimitPools
  limit_windows: Limits.LimitWindows
  limit_seats: Limits.LimitSeats
  limit_holders: Limits.LimitHolders
  limit_shares: Limits.LimitShares
  budgets: Limits.Budgets
  budget_accounts: Limits.BudgetAccounts
  budget_entries: Limits.BudgetEntries
  budget_thresholds: Limits.BudgetThresholds
  requests: Requests.Requests
  request_hours: Requests.RequestHours
  request_marks: Requests.RequestMarks
  servers: Upstream.Servers
  former_server_slugs: Upstream.FormerServerSlugs
  server_health: Upstream.ServerHealth
  credentials: Upstream.Credentials
  credential_versions: Upstream.CredentialVersions
  vault_keys: Upstream.VaultKeys
  gateways: Gateways
  changes: Changes
  audit_events: AuditEvents
  audit_checkpoints: AuditCheckpoints
  idempotent_calls: IdempotentCalls
}
