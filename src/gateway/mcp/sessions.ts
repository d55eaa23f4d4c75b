import { createCipheriv, createDecipheriv } from 'node:crypto'
import { z } from 'zod'
import { createBounded } from '../../keys/bounded.ts'

/** Whom a session belongs to. Another key of the same owner may be weaker, so the key counts and not its owner. */
export type Holder = {
  readonly organization: string
  readonly server: string
  /** Where the server was (gateway/target.ts): its sessions are nobody else's business, and mean nothing elsewhere. */
  readonly target: string
  readonly key: string
}
export type SessionKey = { readonly epoch: number; readonly key: Buffer }

type Deps = {
  readonly gatewayId: () => string
  /** Session keys of an organization, newest first. */
  readonly keysOf: (organization: string) => readonly SessionKey[]
  readonly now: () => number
  readonly randomBytes: (size: number) => Uint8Array
}

/**
 * Session ids of upstreams, wrapped as `<gateway>.<sealed>`: bound to key and server without a store, so that every
 * gateway of the organization can check them. Sessions that live in a process belong to the gateway in front of the dot.
 */
export type Sessions = {
  readonly wrap: (holder: Holder, upstreamId: string) => string
  /** Null: unknown, another key's, another server's, over, or not ours at all. */
  readonly open: (holder: Holder, sessionId: string, mustBeHere: boolean) => Found | null
}

/** `here`: the upstream's id. `elsewhere`: the gateway in whose process the session lives; what it is called is known there. */
export type Found = { readonly here: string } | { readonly elsewhere: string }

/** As long as an epoch: two epochs are accepted, so the key for an unexpired session is always there. */
const lifetimeMs = 30 * 24 * 3600 * 1000
/** Opening costs a few microseconds, and a session is used for hours. */
const remembered = 10_000
const [epochSize, ivSize, tagSize] = [4, 12, 16]

const Sealed = z.tuple([z.string(), z.string(), z.string(), z.string(), z.string(), z.int()])
type Opened = Holder & { readonly upstreamId: string; readonly expiresAt: number }

export function createSessions(deps: Deps): Sessions {
  const known = createBounded<Opened>(remembered)
  return {
    wrap: (holder, upstreamId) => {
      const { organization, server, target, key } = holder
      const opened = { organization, server, target, key, upstreamId, expiresAt: deps.now() + lifetimeMs }
      const sessionId = seal(deps, opened)
      known.set(sessionId, opened)
      return sessionId
    },
    open: (holder, sessionId, mustBeHere) => {
      const cached = known.get(sessionId)
      const opened = cached ?? unseal(deps, holder.organization, sessionId)
      if (opened === null || opened.expiresAt <= deps.now()) return null
      if (!isOf(opened, holder)) return null
      if (!cached) known.set(sessionId, opened)
      const gateway = gatewayOf(sessionId)
      return mustBeHere && gateway !== deps.gatewayId() ? { elsewhere: gateway } : { here: opened.upstreamId }
    },
  }
}

const isOf = (opened: Opened, { organization, server, target, key }: Holder): boolean =>
  opened.key === key && opened.server === server && opened.target === target && opened.organization === organization

const gatewayOf = (sessionId: string): string => sessionId.slice(0, sessionId.indexOf('.'))
const purpose = (gateway: string) => Buffer.from(`mcp-session:${gateway}`)

function seal(deps: Deps, { organization, server, target, key, upstreamId, expiresAt }: Opened): string {
  const [newest] = deps.keysOf(organization)
  if (!newest) throw new Error(`no session key for ${organization}`)
  const gateway = deps.gatewayId()
  const epoch = Buffer.alloc(epochSize)
  epoch.writeUInt32BE(newest.epoch)
  const iv = deps.randomBytes(ivSize)
  const cipher = createCipheriv('aes-256-gcm', newest.key, iv).setAAD(purpose(gateway))
  const text = JSON.stringify([organization, server, target, key, upstreamId, expiresAt])
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return `${gateway}.${Buffer.concat([epoch, iv, cipher.getAuthTag(), sealed]).toString('base64url')}`
}

function unseal(deps: Deps, caller: string, sessionId: string): Opened | null {
  const sealed = sessionId.slice(sessionId.indexOf('.') + 1)
  const bytes = Buffer.from(sealed, 'base64url')
  if (!sessionId.includes('.') || bytes.length <= epochSize + ivSize + tagSize) return null
  // Decoding skips what is no base64, so one session would have as many spellings as somebody cares to send us.
  if (bytes.toString('base64url') !== sealed) return null
  const epoch = bytes.readUInt32BE(0)
  const held = deps.keysOf(caller).find((candidate) => candidate.epoch === epoch)
  if (!held) return null
  const tagAt = epochSize + ivSize
  try {
    const cipher = createDecipheriv('aes-256-gcm', held.key, bytes.subarray(epochSize, tagAt), {
      authTagLength: tagSize,
    })
      .setAAD(purpose(gatewayOf(sessionId)))
      .setAuthTag(bytes.subarray(tagAt, tagAt + tagSize))
    const text = Buffer.concat([cipher.update(bytes.subarray(tagAt + tagSize)), cipher.final()]).toString('utf8')
    const [organization, server, target, key, upstreamId, expiresAt] = Sealed.parse(JSON.parse(text))
    return { organization, server, target, key, upstreamId, expiresAt }
  } catch {
    // Forged, cut short, or of another organization: to its holder it is simply no session.
    return null
  }
}
