import type { Generated, GeneratedAlways } from 'kysely'
import type { Fixed, Flag, Json, Ms } from './column.ts'

export type Keys = {
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
  metadata: Generated<Json>
  tags: Generated<Json>
  honey: Generated<Flag>
  ephemeral: Generated<Flag>
  /** Children carry it; it grows when a secret is cut at once. */
  epoch: Generated<number>
  pin_network: Generated<Flag>
  pinned_network: string | null
  /** Why it was suspended or revoked. */
  state_reason: string | null
  /** `owner-left`: it was suspended with its owner, and comes back with him. */
  suspended_for: string | null
  exposed_at: Ms | null
  seen_in_browser_at: Ms | null
  /** Mode of its choice of servers, or `off`; which ones it names stands in key_servers. */
  mcp_servers: Generated<'off' | 'all' | 'none' | 'only' | 'except'>
  /** Id of the key whose settings it began with. */
  copied_from: string | null
  /** Schedule of its rotation. */
  rotation: Json | null
  /** By its schedule; what the policy asks for follows from `secret_made_at`. */
  rotation_due_at: Ms | null
  /** When its newest secret was made. */
  secret_made_at: Ms | null
  /** Written in batches by what gateways report; no change of the key. */
  requests: Generated<number>
  last_used_at: Ms | null
  /** Where lists put it: never expires behind all others, never used before them. */
  expiry_order: GeneratedAlways<Ms>
  use_order: GeneratedAlways<Ms>
}
export type KeyTags = { organization_id: Fixed<string>; tag: Fixed<string>; key_id: Fixed<string> }
/** Servers that the choice of a key names, whether it admits them or leaves them out. */
export type KeyServers = { organization_id: Fixed<string>; server_id: Fixed<string>; key_id: Fixed<string> }
/** Folded names of keys that are not deleted, written by triggers alone. */
export type KeyNames = { organization_id: Fixed<string>; key_id: Fixed<string>; name: string }
export type KeyClaims = {
  organization_id: Fixed<string>
  id: Fixed<string>
  key_id: Fixed<string>
  /** SHA-256 of 256 random bits. */
  code_hash: Fixed<string>
  created_at: Fixed<Ms>
  created_by: Fixed<string>
  expires_at: Fixed<Ms>
  used_at: Ms | null
  used_by: string | null
  withdrawn_at: Ms | null
}
export type Children = {
  organization_id: Fixed<string>
  id: Fixed<string>
  key_id: Fixed<string>
  /** The child that it was made of; null: the key itself. */
  parent_id: Fixed<string | null>
  depth: Fixed<number>
  /** What it may do of what its parent may. */
  narrow: Fixed<Json>
  /** Of the secret that asked for it; 0: whoever manages the key did. */
  version: Fixed<number>
  epoch: Fixed<number>
  issued_at: Fixed<Ms>
  issued_by: Fixed<string>
  expires_at: Fixed<Ms>
  revoked_at: Ms | null
  revision: number
}
export type Rotations = {
  organization_id: Fixed<string>
  id: Fixed<string>
  key_id: Fixed<string>
  mode: Fixed<'immediate' | 'grace' | 'on-first-use'>
  state: string
  /** 0: it had no secret yet. */
  from_version: Fixed<number>
  to_version: number
  started_at: Fixed<Ms>
  started_by: Fixed<string>
  grace_seconds: number
  deadline_at: Ms | null
  /** The old secret ends before its time when nobody has used it for so long. */
  silent_seconds: Fixed<number | null>
  first_used_at: Ms | null
  ended_at: Ms | null
  webhook_id: string | null
  attempts: number
  next_at: Ms | null
  /** When a schedule last made a secret for it. */
  acted_at: Ms | null
  /** Names the life of the process that delivers it. */
  boot: string | null
  last_error: string | null
  revision: number
}
export type KeyWarnings = {
  organization_id: Fixed<string>
  key_id: Fixed<string>
  kind: Fixed<'expiry' | 'rotation'>
  due_at: Fixed<Ms>
  days: Fixed<number>
  at: Fixed<Ms>
}
export type KeyClients = {
  organization_id: Fixed<string>
  key_id: Fixed<string>
  version: Fixed<number>
  /** What it says of itself, cut to 128 characters. */
  client: Fixed<string>
  address: Fixed<string>
  first_seen_at: Ms
  last_seen_at: Ms
  requests: number
}
export type KeyCalls = {
  organization_id: Fixed<string>
  key_id: Fixed<string>
  server_id: Fixed<string>
  /** Empty: a call of no tool. */
  tool: Fixed<string>
  first_seen_at: Ms
  last_seen_at: Ms
  requests: number
}
export type OwnerRequests = { organization_id: Fixed<string>; owner_id: Fixed<string>; requests: number }
export type UsageMarks = { gateway_id: Fixed<string>; boot: Fixed<string>; seq: number; at: Ms }
/** The projects that `scope` names, where they can be searched and a foreign one cannot stand. */
export type KeyProjects = { organization_id: Fixed<string>; key_id: Fixed<string>; project_id: Fixed<string> }
export type SecretVersions = {
  organization_id: Fixed<string>
  key_id: Fixed<string>
  version: Fixed<number>
  phc: Fixed<string>
  gate: Fixed<number>
  pepper_id: Fixed<string>
  created_at: Fixed<Ms>
  valid_until: Ms | null
  first_used_at: Ms | null
  last_used_at: Ms | null
}
