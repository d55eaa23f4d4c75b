import type { ProviderRecord } from '../../providers/schema.ts'
import type { ServerRecord, Slot } from '../../servers/schema.ts'
import type { OrganizationRecord, PlainRecord } from '../schema.ts'

/** A secret on its way to being sealed; `Secret` is one. Structural, because this file may import nothing but zod. */
export type Concealed = { reveal(): string }

/** Records as control's readers produce them; the feed seals them for each gateway (fleet/seal-record.ts). */
export type UnsealedOrganization = Omit<OrganizationRecord, 'sealedSecrets'> & {
  /** JSON of `OrganizationSecrets`. */
  readonly secrets: Concealed
}
export type UnsealedServer = Omit<ServerRecord, 'transport' | 'injection'> & {
  readonly transport:
    | { readonly type: 'http' | 'sse'; readonly url: string }
    | {
        readonly type: 'stdio'
        readonly command: string
        readonly args: string[]
        /** JSON of the environment, an object of strings. */
        readonly env: Concealed | null
      }
  readonly injection: {
    readonly credential: string
    readonly version: number
    readonly slot: Slot
    readonly value: Concealed
  } | null
}
export type UnsealedProvider = Omit<ProviderRecord, 'injection'> & {
  readonly injection: { readonly credential: string; readonly version: number; readonly value: Concealed } | null
}
export type UnsealedRecord = UnsealedOrganization | UnsealedServer | UnsealedProvider | PlainRecord

/** What a sealed text is bound to: moved to another record, it does not open. */
export const sealedTo = {
  organization: (organization: string) => `organization:${organization}`,
  credential: (organization: string, credential: string, version: number) =>
    `credential:${organization}:${credential}:${version}`,
  serverEnv: (organization: string, server: string, revision: number) =>
    `server-env:${organization}:${server}:${revision}`,
} as const
