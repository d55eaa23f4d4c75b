import { createHash } from 'node:crypto'
import type { Insertable } from 'kysely'
import type { Database } from '../src/db/database.ts'
import type { Tables } from '../src/db/tables.ts'
import type { Tier } from '../src/projects/schema.ts'

/** Rows of other domains that keys and apps name, written as they stand in the tables. Ids are made of the slug. */
export const createNamedRows = (database: Database, organizationId: string) => {
  const of = { organization_id: organizationId }
  const insert = async <T extends keyof Tables>(table: T, row: Insertable<Tables[T]>): Promise<void> => {
    await database.system.transaction((db) => db.insertInto(table).values(row).execute())
  }
  const idOf = (kind: string, slug: string): string =>
    `${kind}_${createHash('sha256').update(`${organizationId} ${slug}`).digest('hex').slice(0, 16)}`
  const made = { created_at: 1, revision: 1 }

  return {
    project: async (slug: string, tier: Tier = 'development', isDefault = false): Promise<string> => {
      const id = idOf('prj', slug)
      await insert('projects', { ...of, id, slug, name: slug, tier, is_default: isDefault ? 1 : 0, created_at: 1 })
      return id
    },
    server: async (slug: string, project: string, catalogs: readonly string[] = []): Promise<string> => {
      const id = idOf('srv', slug)
      const transport = JSON.stringify({ type: 'http', url: 'https://tools.example.test/mcp' })
      const row = { ...of, ...made, id, slug, name: slug.toUpperCase(), transport, project_id: project }
      await insert('servers', {
        ...row,
        state: 'active',
        env_blob: null,
        credential_id: null,
        slot: null,
        created_by: null,
      })
      for (const catalog_id of catalogs) await insert('catalog_servers', { ...of, catalog_id, server_id: id })
      return id
    },
    provider: async (slug: string, project: string, catalogs: readonly string[] = []): Promise<string> => {
      const id = idOf('prv', slug)
      const row = {
        ...of,
        ...made,
        id,
        slug,
        name: slug.toUpperCase(),
        project_id: project,
        dialect: 'openai',
      } as const
      const rest = { base_url: 'https://llm.example.test', models: '[]', credential_id: null, created_by: 'mem_1' }
      await insert('providers', { ...row, ...rest, state: 'active' })
      for (const catalog_id of catalogs) await insert('catalog_providers', { ...of, catalog_id, provider_id: id })
      return id
    },
    gateway: async (name: string): Promise<string> => {
      const id = idOf('gwy', name)
      const none = { phc: null, gate: null, pepper_id: null, revoked_at: null, last_seen_at: null }
      await insert('gateways', { ...of, ...none, id, name, created_at: 1 })
      return id
    },
    team: async (slug: string, members: readonly string[]): Promise<string> => {
      const id = idOf('team', slug)
      await insert('teams', { ...of, ...made, id, slug, name: slug.toUpperCase(), state: 'active' })
      for (const member_id of members) await insert('team_members', { ...of, team_id: id, member_id })
      return id
    },
    /** Reaches these members; nobody: everyone. */
    catalog: async (slug: string, members: readonly string[] = []): Promise<string> => {
      const id = idOf('cat', slug)
      const everyone = members.length === 0 ? 1 : 0
      await insert('catalogs', { ...of, ...made, id, slug, name: slug, everyone, joined_by_new: 0 })
      for (const member_id of members) await insert('catalog_members', { ...of, catalog_id: id, member_id })
      return id
    },
    app: async (slug: string, project: string, owner: { type: 'member' | 'team'; id: string }): Promise<string> => {
      const id = idOf('app', slug)
      const owned = { owner_type: owner.type, owner_id: owner.id, owner_name: 'its owner' }
      const tools = { tools: '{}', tools_default: '{"mode":"none"}' }
      const row = { ...of, ...made, ...owned, ...tools, id, slug, name: slug.toUpperCase(), project_id: project }
      await insert('apps', { ...row, state: 'active', key_id: null, created_by: 'mem_1' })
      return id
    },
  }
}
