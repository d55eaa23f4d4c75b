import type { FleetRecord } from './schema.ts'
import { type Concealed, sealedTo, type UnsealedRecord, type UnsealedServer } from './unsealed/schema.ts'

/** Seals a text to one gateway, bound to what `aad` names (credentials/sealing.ts). */
export type Seal = (aad: string, plaintext: string) => string

/** The one place where a secret leaves for a gateway: every field that holds one is sealed to the record it stands in. */
export function sealRecord(seal: Seal, record: UnsealedRecord): FleetRecord {
  switch (record.kind) {
    case 'organization': {
      const { secrets, ...rest } = record
      return { ...rest, sealedSecrets: seal(sealedTo.organization(record.id), secrets.reveal()) }
    }
    case 'server':
      return { ...record, transport: sealTransport(seal, record), injection: sealInjection(seal, record) }
    case 'provider': {
      const { injection, organization } = record
      return { ...record, injection: injection && sealedIn(seal, organization, injection) }
    }
    default:
      return record
  }
}

function sealTransport(seal: Seal, { transport, organization, id, revision }: UnsealedServer) {
  if (transport.type !== 'stdio') return transport
  const { env, ...rest } = transport
  return { ...rest, sealedEnv: env && seal(sealedTo.serverEnv(organization, id, revision), env.reveal()) }
}

function sealInjection(seal: Seal, { injection, organization }: UnsealedServer) {
  return injection && sealedIn(seal, organization, injection)
}

type Injection = { readonly credential: string; readonly version: number; readonly value: Concealed }

function sealedIn<T extends Injection>(seal: Seal, organization: string, { value, ...rest }: T) {
  return { ...rest, sealedValue: sealValue(seal, organization, rest.credential, rest.version, value) }
}

const sealValue = (seal: Seal, organization: string, credential: string, version: number, value: Concealed): string =>
  seal(sealedTo.credential(organization, credential, version), value.reveal())
