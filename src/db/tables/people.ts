import type { Generated } from 'kysely'
import type { Fixed, Flag, Json, Ms } from './column.ts'

/** People, what belongs to them, and their keys. */

export type Organizations = {
  id: Fixed<string>
  slug: string
  name: string
  is_default: Flag
  max_staleness_seconds: number
  mixed_environments: Generated<'refused' | 'with-reason'>
  policies: Generated<Json>
  /** The configuration that its policies are managed by (`ostiary apply`); null: whoever may. */
  managed_by: string | null
  revision: number
  created_at: Fixed<Ms>
}
export type Members = {
  organization_id: Fixed<string>
  id: Fixed<string>
  email: string
  name: string
  role: 'owner' | 'admin' | 'member' | 'auditor'
  is_operator: Flag
  /** Who was removed stays as a name: keys, apps and events speak of him. */
  state: Generated<'active' | 'deactivated' | 'removed'>
  deactivated_at: Ms | null
  revision: Generated<number>
  created_at: Fixed<Ms>
}
export type Teams = {
  organization_id: Fixed<string>
  id: Fixed<string>
  /** Of a deleted team its id, so that the slug is free. */
  slug: string
  name: string
  state: 'active' | 'deleted'
  managed_by: string | null
  created_at: Fixed<Ms>
  revision: number
}
export type TeamMembers = { organization_id: Fixed<string>; team_id: Fixed<string>; member_id: Fixed<string> }
export type Projects = {
  organization_id: Fixed<string>
  id: Fixed<string>
  slug: string
  name: string
  tier: 'development' | 'staging' | 'production'
  is_default: Flag
  state: Generated<'active' | 'deleted'>
  managed_by: string | null
  revision: Generated<number>
  created_at: Fixed<Ms>
}
export type ManagementTokens = {
  organization_id: Fixed<string>
  id: Fixed<string>
  member_id: Fixed<string>
  name: string
  scopes: Json
  /** An operator made it for one: what its member becomes later does not count. */
  carries_operator: Generated<Flag>
  phc: Fixed<string>
  gate: Fixed<number>
  pepper_id: Fixed<string>
  created_at: Fixed<Ms>
  expires_at: Ms | null
  /** Written in batches. */
  last_used_at: Ms | null
  revoked_at: Ms | null
}
export type SetupCodes = {
  organization_id: Fixed<string>
  id: Fixed<string>
  member_id: Fixed<string>
  /** SHA-256 of 256 random bits. */
  code_hash: Fixed<string>
  created_at: Fixed<Ms>
  expires_at: Fixed<Ms>
  used_at: Ms | null
}
export type Apps = {
  organization_id: Fixed<string>
  id: Fixed<string>
  /** Of a deleted app its id, so that the slug is free. */
  slug: string
  name: string
  project_id: Fixed<string>
  owner_type: 'member' | 'team'
  owner_id: string
  /** As in keys. */
  owner_name: string
  tools: Json
  tools_default: Json
  state: 'active' | 'deleted'
  /** Its one key; changed with a guard, so that of two only one becomes it. */
  key_id: string | null
  created_at: Fixed<Ms>
  created_by: Fixed<string>
  revision: number
}
