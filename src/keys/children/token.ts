import { hash } from 'node:crypto'
import { z } from 'zod'
import { Narrow } from '../../access/narrow/schema.ts'
import { keyId } from '../schema.ts'
import { type Child, deepest } from './standing.ts'

/**
 * `oste_<header>.<payload>.<signature>`: a signed JWT (RFC 9068) behind a prefix that scanners and people know. What is
 * read here is what it says of itself; who checks the signature (verify.ts) has it proved.
 */
export const childPrefix = 'oste_'
/** Bytes, with the prefix: it has to fit into a header beside others. */
export const longestToken = 4096

export type ChildToken = {
  readonly text: string
  /** Of the key with which it says it was signed. */
  readonly kid: string
  readonly issuer: string
  readonly audience: readonly string[]
  readonly child: Child
  /** Names what it may do of what its key may: alike for two that may do the same, empty for one that may do all of it. */
  readonly rights: string
}

const childId = z.string().regex(/^chd_[0-9A-Za-z]{16}$/)
const seconds = z.int().min(0)

/** Strict: a claim that is not known here might cut what it may do, so whoever does not know it must not take the token. */
export const Claims = z
  .strictObject({
    iss: z.string().min(1).max(512),
    aud: z.array(z.string().min(1).max(512)).min(1),
    sub: keyId,
    /** As RFC 9068 asks; the key is its own client. */
    client_id: keyId,
    jti: childId,
    iat: seconds,
    exp: seconds,
    epoch: z.int(),
    ver: z.int().min(0),
    narrow: z.array(Narrow).min(1).max(deepest),
    anc: z.array(childId).max(deepest - 1),
  })
  .refine(({ narrow, anc }) => narrow.length === anc.length + 1)
export type Claims = z.infer<typeof Claims>

const Header = z.strictObject({
  alg: z.literal('ES256'),
  typ: z.literal('at+jwt'),
  kid: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
})

/** ES256 signatures are 64 bytes, so 86 characters. Each repeat has one way to match, so a hostile text costs linear time. */
const grammar = /^oste_([A-Za-z0-9_-]{1,512})\.([A-Za-z0-9_-]{1,4096})\.[A-Za-z0-9_-]{86}$/

/** Null: no token of ours, whoever signed it. */
export function parseChild(text: string): ChildToken | null {
  if (text.length > longestToken || !text.startsWith(childPrefix)) return null
  const parts = grammar.exec(text)
  if (parts === null) return null
  const [, head = '', body = ''] = parts
  const header = Header.safeParse(jsonOf(head))
  const claims = header.success ? Claims.safeParse(jsonOf(body)) : null
  if (!header.success || !claims?.success) return null
  const { iss, aud, narrow } = claims.data
  return {
    text,
    kid: header.data.kid,
    issuer: iss,
    audience: aud,
    child: childOf(claims.data),
    rights: rightsOf(narrow),
  }
}

const childOf = ({ jti, sub, exp, epoch, ver, narrow, anc }: Claims): Child => ({
  id: jti,
  key: sub,
  expiresAt: exp * 1000,
  epoch,
  version: ver,
  narrows: narrow,
  ancestors: anc,
})

function rightsOf(narrows: readonly Narrow[]): string {
  const cutting = narrows.filter((narrow) => Object.keys(narrow).length > 0)
  return cutting.length === 0 ? '' : hash('sha256', JSON.stringify(cutting), 'base64url').slice(0, 22)
}

function jsonOf(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}

/** For whom a child is: this gateway, for keys of that organization. Public URLs have no path (config-values.ts). */
export const audienceOf = (gatewayUrl: string, organizationSlug: string): string =>
  `${gatewayUrl.replace(/\/$/, '')}/${organizationSlug}`
