import { hash, timingSafeEqual } from 'node:crypto'
import type { Database } from '../db/database.ts'
import type { SecretVersion, TokenKind } from '../keys/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import type { Secret } from '../secret.ts'
import type { AttachedGateway } from './roster.ts'
import { findEmbedded, type GatewayRow, gatewayById, insertGateway, seenGateways } from './store.ts'

type Token = { readonly kind: TokenKind; readonly id16: string; readonly text: string }
type Provable = { readonly organization: string; readonly id: string; readonly versions: readonly SecretVersion[] }

/** A gateway of `serve`, with the token that lives as long as this start. */
export type EmbeddedGateway = AttachedGateway & { readonly token: Secret }

export type EnterDeps = {
  readonly read: Database['system']['read']
  readonly embedded: readonly EmbeddedGateway[]
  readonly parseToken: (text: string) => Token | null
  /** Gate and Argon2 lane with the organization's secrets: the version proved, null for a wrong secret. */
  readonly prove: (token: Token, record: Provable) => Promise<Result<number | null>>
}

/** Who may attach to the feed. Every refusal before the proof reads alike. */
export const createGatewayProof = (deps: EnterDeps) => {
  const embedded = deps.embedded.map(({ token, ...gateway }) => ({ gateway, digest: sha256(token.reveal()) }))
  return async (authorization: string | null): Promise<Result<AttachedGateway>> => {
    const presented = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1]
    if (presented === undefined) return unknown
    const digest = sha256(presented)
    // All of them, without stopping at the right one: time says nothing.
    const [own] = embedded.filter((each) => timingSafeEqual(each.digest, digest))
    if (own) return ok(own.gateway)
    const token = deps.parseToken(presented)
    if (token?.kind !== 'g') return token ? refuse('key_kind', { detail: wrongKind }) : unknown
    const row = await deps.read((db) => gatewayById(db, `gwy_${token.id16}`))
    if (!row?.secret) return unknown
    const version = await deps.prove(token, provable(row, row.secret))
    if (!version.ok) return version
    if (version.value === null) return unknown
    if (row.revokedAt !== null) return refuse('not_permitted', { detail: 'The token of this gateway was revoked.' })
    return ok({ id: row.id, name: row.name, organizationId: row.organizationId })
  }
}

const unknown = refuse('not_signed_in', { detail: 'The feed takes the token of a gateway (ostg_…).' })
const wrongKind = 'The feed takes tokens of gateways (ostg_…) only.'
const sha256 = (text: string): Buffer => hash('sha256', text, 'buffer')

const provable = ({ organizationId, id }: GatewayRow, secret: NonNullable<GatewayRow['secret']>): Provable => ({
  organization: organizationId,
  id,
  versions: [{ ...secret, version: 1, validUntil: null }],
})

/** Gives each of `serve`'s gateways the row, and so the id, that its name had before. Once, at the start of control. */
export const nameEmbedded = (
  deps: {
    readonly transaction: Database['transaction']
    readonly newId: (prefix: string) => string
    readonly now: () => number
  },
  organizationId: string,
  gateways: readonly { readonly name: string; readonly token: Secret }[],
): Promise<EmbeddedGateway[]> =>
  deps.transaction(organizationId, async (db) => {
    const named: EmbeddedGateway[] = []
    for (const { name, token } of gateways) {
      const known = await findEmbedded(db, organizationId, name)
      const id = known?.id ?? deps.newId('gwy')
      const never = { revokedAt: null, lastSeenAt: null, publicUrl: null }
      const fresh = { organizationId, id, name, secret: null, createdAt: deps.now(), ...never }
      if (!known) await insertGateway(db, organizationId, fresh)
      named.push({ id, name, organizationId, serves: 'all', token })
    }
    return named
  })

/** For the feed's `knownBefore`: who may still be deciding with what an earlier control had sent. */
export const gatewaysBefore =
  (deps: Pick<EnterDeps, 'read' | 'embedded'>) => async (): Promise<readonly AttachedGateway[]> => {
    const seen = await deps.read(seenGateways)
    return [
      ...deps.embedded.map(({ token: _token, ...gateway }) => gateway),
      ...seen.map(({ id, name, organizationId }) => ({ id, name, organizationId })),
    ]
  }
