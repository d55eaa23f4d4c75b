import { randomBytes } from 'node:crypto'
import type { Insertable } from 'kysely'
import type { Database } from '../src/db/database.ts'
import type { Tables } from '../src/db/tables.ts'
import { hashSecret } from '../src/keys/hash.ts'
import type { TokenKind } from '../src/keys/schema.ts'
import { mint } from '../src/keys/token.ts'
import type { Keyring } from './keyring.ts'

/** Holders of secrets as they stand in the tables, each with its secret, and what became of them. */
export const createFoundSecrets = (database: Database, ring: Keyring) => {
  const organization = ring.first.organizationId
  const pepper = ring.secrets.peppers.get('root1') ?? Buffer.alloc(0)
  const insert = async <T extends keyof Tables>(table: T, row: Insertable<Tables[T]>): Promise<void> => {
    await database.system.transaction((db) => db.insertInto(table).values(row).execute())
  }
  const minted = async (kind: TokenKind, id16?: string) => {
    const made = mint(kind, randomBytes, id16)
    const secret = made.secret.reveal()
    const { phc, gate } = await hashSecret(secret, pepper, 'root1')
    return { id16: made.id16, secret, stored: { phc, gate, pepper_id: 'root1' } }
  }
  const addVersion = async (keyId: string, version: number, validUntil: number | null = null) => {
    const kind = (await keyRow(keyId)).token_kind
    const { secret, stored } = await minted(kind, keyId.slice('key_'.length))
    const times = { created_at: ring.clock.now(), valid_until: validUntil }
    await insert('secret_versions', { organization_id: organization, key_id: keyId, version, ...stored, ...times })
    return secret
  }
  const keyRow = (id: string) =>
    database.system.read((db) => db.selectFrom('keys').selectAll().where('id', '=', id).executeTakeFirstOrThrow())

  return {
    key: async (more: Partial<Insertable<Tables['keys']>> = {}): Promise<{ id: string; secret: string }> => {
      const kind = more.token_kind ?? 'k'
      const id = `key_${mint(kind, randomBytes).id16}`
      const scope = {
        projects: [],
        mixedEnvironments: null,
        mcp: { enabled: false, servers: { mode: 'none' }, tools: {}, toolsDefault: { mode: 'all' } },
        llm: { enabled: false, providers: { mode: 'none' }, models: { mode: 'all' } },
        addresses: { mode: 'any' },
        gateways: { mode: 'all' },
      }
      await insert('keys', {
        organization_id: organization,
        id,
        token_kind: kind,
        name: 'found',
        description: '',
        owner_type: 'member',
        owner_id: ring.first.owner.id,
        owner_name: 'First owner',
        state: 'active',
        scope: JSON.stringify(scope),
        max_staleness_seconds: null,
        expires_at: null,
        created_at: ring.clock.now(),
        created_by: ring.first.owner.id,
        revoked_at: null,
        revision: 1,
        ...more,
      })
      return { id, secret: await addVersion(id, 1) }
    },
    addVersion,
    retire: (keyId: string, version: number, at: number) =>
      database.system.transaction((db) =>
        db
          .updateTable('secret_versions')
          .set({ valid_until: at })
          .where('key_id', '=', keyId)
          .where('version', '=', version)
          .execute(),
      ),
    managementToken: async () => {
      const { id16, secret, stored } = await minted('a')
      const id = `mgt_${id16}`
      await insert('management_tokens', {
        organization_id: organization,
        id,
        member_id: ring.first.owner.id,
        name: 'found token',
        scopes: '["*"]',
        carries_operator: 0,
        ...stored,
        created_at: ring.clock.now(),
        expires_at: null,
        revoked_at: null,
      })
      return { id, secret }
    },
    gateway: async () => {
      const { id16, secret, stored } = await minted('g')
      const id = `gwy_${id16}`
      const none = { revoked_at: null, last_seen_at: null }
      await insert('gateways', { organization_id: organization, id, name: 'found', created_at: 1, ...stored, ...none })
      return { id, secret }
    },
    /** As it stands beside a token that says the same. */
    child: (keyId: string, id: string) =>
      insert('children', {
        organization_id: organization,
        id,
        key_id: keyId,
        parent_id: null,
        depth: 1,
        narrow: '{}',
        version: 1,
        epoch: 1,
        issued_at: ring.clock.now(),
        issued_by: ring.first.owner.id,
        expires_at: Math.floor(ring.clock.now() / 1000) * 1000 + 3_600_000,
        revoked_at: null,
        revision: 1,
      }),
    childRow: (id: string) =>
      database.system.read((db) =>
        db.selectFrom('children').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
      ),
    keyRow,
    tokenRow: (id: string) =>
      database.system.read((db) =>
        db.selectFrom('management_tokens').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
      ),
    /** What the audit log says of it, oldest first. */
    events: async (subject: string) => {
      const rows = await database.system.read((db) =>
        db.selectFrom('audit_events').selectAll().where('subject_id', '=', subject).orderBy('row_id').execute(),
      )
      return rows.map(({ action, actor_kind, actor_name, address, before, after }) => ({
        action,
        by: `${actor_kind} ${actor_name}`,
        address,
        before: before === null ? null : JSON.parse(before),
        after: after === null ? null : JSON.parse(after),
      }))
    },
    /** How often gateways were told to look at it again. */
    announced: async (subject: string) => {
      const rows = await database.system.read((db) =>
        db.selectFrom('changes').select('row_id').where('subject_id', '=', subject).execute(),
      )
      return rows.length
    },
  }
}
export type FoundSecrets = ReturnType<typeof createFoundSecrets>
