import { isVaultError, vaultError } from '../credentials/cipher.ts'
import { latestVersion } from '../credentials/store.ts'
import type { Vault } from '../credentials/vault.ts'
import type { Db } from '../db/database.ts'
import type { GoneRecord } from '../fleet/schema.ts'
import type { UnsealedRecord, UnsealedServer } from '../fleet/unsealed/schema.ts'
import { placeOfEnv } from './secrets.ts'
import { formerSlugsOf } from './slugs/store.ts'
import { type Server, serverIds, serverWithTier } from './store.ts'

type Deps = {
  readonly vault: Pick<Vault, 'openVersion' | 'decryptText'>
  readonly now: () => number
  readonly log: { readonly error: (fields: object, message: string) => void }
}
export type ServerReader = (db: Db, organizationId: string, id: string) => Promise<UnsealedServer | GoneRecord | null>

/** A server as gateways need it, its secrets opened; the feed seals them to each gateway before they leave. */
export const serverRecord =
  ({ vault, now, log }: Deps): ServerReader =>
  async (db, organizationId, id) => {
    const found = await serverWithTier(db, organizationId, id)
    if (!found) return null
    const { server } = found
    const gone: GoneRecord = { kind: 'gone', of: 'server', organization: organizationId, id, revision: server.revision }
    if (server.state === 'deleted') return gone
    try {
      return { ...(await opened(vault, db, found)), formerSlugs: await formerSlugsOf(db, organizationId, id, now()) }
    } catch (error) {
      if (!isVaultError(error)) throw error
      // One damaged row must not keep every gateway from its snapshot: this server is withheld, the others go on.
      log.error(
        { error, organization: organizationId, server: id },
        'a server is withheld: its secrets cannot be opened',
      )
      return gone
    }
  }

type Found = NonNullable<Awaited<ReturnType<typeof serverWithTier>>>

const opened = async (
  vault: Deps['vault'],
  db: Db,
  { server, tier }: Found,
): Promise<Omit<UnsealedServer, 'formerSlugs'>> => {
  const { organizationId, id } = server
  return {
    kind: 'server',
    organization: organizationId,
    id,
    revision: server.revision,
    slug: server.slug,
    name: server.name,
    project: server.projectId,
    transport: await transportOf(vault, db, server, tier),
    injection: await injectionOf(vault, db, server),
    timeouts: server.timeouts,
    perGateway: server.perGateway,
    toolPrices: server.toolPrices,
  }
}

const transportOf = async (
  vault: Deps['vault'],
  db: Db,
  { transport, envBlob, organizationId, id }: Server,
  tier: string,
): Promise<UnsealedServer['transport']> => {
  if (transport.type !== 'stdio') return { type: transport.type, url: transport.url }
  const { command, args } = transport
  const env = envBlob === null ? null : await vault.decryptText(db, organizationId, placeOfEnv(id, tier), envBlob)
  return { type: 'stdio', command, args, env }
}

const injectionOf = async (
  vault: Deps['vault'],
  db: Db,
  { organizationId, credentialId, slot }: Server,
): Promise<UnsealedServer['injection']> => {
  if (credentialId === null || slot === null) return null
  const version = await latestVersion(db, organizationId, credentialId)
  // Without its credential the server would be called as somebody else: better not at all.
  if (version === null) throw vaultError(`credential ${credentialId}`)
  const value = await vault.openVersion(db, organizationId, credentialId, version)
  return { credential: credentialId, version, slot, value }
}

/** Every live server of the installation, in pages, for a snapshot. */
export const serverRecords = (deps: Deps) => {
  const read = serverRecord(deps)
  return async function* (db: Db, pageSize = 200): AsyncIterable<UnsealedRecord[]> {
    let after: { organizationId: string; id: string } | null = null
    while (true) {
      const ids = await serverIds(db, after, pageSize)
      const records: UnsealedRecord[] = []
      for (const { organizationId, id } of ids) {
        const record = await read(db, organizationId, id)
        if (record) records.push(record)
      }
      if (records.length > 0) yield records
      if (ids.length < pageSize) return
      after = ids.at(-1) ?? null
    }
  }
}
