import { z } from 'zod'
import { createUnsealer, type SealingKeys } from '../credentials/sealing.ts'
import { type OrganizationRecord, OrganizationSecrets } from '../fleet/schema.ts'
import { sealedTo } from '../fleet/unsealed/schema.ts'
import type { ProviderRecord } from '../providers/schema.ts'
import { Secret } from '../secret.ts'
import type { ServerRecord } from '../servers/schema.ts'

const Environment = z.record(z.string(), z.string())

/** Opens what control sealed to this process. Throws on anything that was sealed to somebody else or moved. */
export type Unsealing = {
  readonly openSecrets: (record: OrganizationRecord) => OrganizationSecrets
  readonly openCredential: (server: ServerRecord) => Secret | null
  readonly openProviderCredential: (provider: ProviderRecord) => Secret | null
  readonly openEnv: (server: ServerRecord) => Readonly<Record<string, string>>
}

export function createUnsealing(keys: SealingKeys): Unsealing {
  const unseal = createUnsealer(keys)
  // Records are replaced and never changed, so the record stands for its content.
  const environments = new WeakMap<ServerRecord, Readonly<Record<string, string>>>()
  const credentials = new WeakMap<ServerRecord | ProviderRecord, Secret>()
  const openEnv = (server: ServerRecord): Readonly<Record<string, string>> => {
    if (server.transport.type !== 'stdio' || server.transport.sealedEnv === null) return {}
    const aad = sealedTo.serverEnv(server.organization, server.id, server.revision)
    return Environment.parse(JSON.parse(unseal(aad, server.transport.sealedEnv).toString('utf8')))
  }
  const openCredential = (of: ServerRecord | ProviderRecord): Secret | null => {
    const { organization, injection } = of
    if (injection === null) return null
    const held = credentials.get(of)
    if (held) return held
    const aad = sealedTo.credential(organization, injection.credential, injection.version)
    const opened = new Secret(unseal(aad, injection.sealedValue).toString('utf8'), 'upstream credential')
    credentials.set(of, opened)
    return opened
  }
  return {
    openSecrets: (record) =>
      OrganizationSecrets.parse(
        JSON.parse(unseal(sealedTo.organization(record.id), record.sealedSecrets).toString('utf8')),
      ),
    openCredential,
    openProviderCredential: openCredential,
    openEnv: (server) => {
      const held = environments.get(server)
      if (held) return held
      const opened = openEnv(server)
      environments.set(server, opened)
      return opened
    },
  }
}
