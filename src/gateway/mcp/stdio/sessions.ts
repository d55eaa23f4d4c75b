import type { Link } from './link.ts'
import type { Party } from './pending.ts'
import type { Announced } from './versions.ts'

/** A legacy session with a server behind the bridge. Bound to holder, server and subject; the id alone is worth nothing. */
export type Session = Party & {
  readonly id: string
  readonly keyId: string
  readonly serverId: string
  readonly subject: string
  readonly fingerprint: string
  readonly link: Link
  lastUsedAt: number
  endStream: () => void
  /** What is there for this session only goes with it. */
  readonly onEnd: () => void
}

export type SessionOwner = {
  readonly holder: string
  /** Its sessions are counted together with those of its children. */
  readonly keyId: string
  readonly serverId: string
  readonly subject: string
  /** Of the server as it was configured: a session does not outlive the command that it was opened with. */
  readonly fingerprint: string
}

export type Sessions = {
  readonly open: (owner: SessionOwner, link: Link, announced: Announced, onEnd?: () => void) => Session
  /** Ends the oldest of a key that has as many as it may. */
  readonly makeRoom: (keyId: string) => void
  /** Null for an unknown id and for one of somebody else: nobody learns which. */
  readonly find: (id: string, owner: SessionOwner) => Session | null
  readonly end: (session: Session) => void
  readonly endOf: (link: Link) => void
  readonly endOfKeys: (isOver: (keyId: string) => boolean) => void
  /** Ends what nobody used for the idle time. */
  readonly sweep: () => void
  readonly count: () => number
}

type SessionDeps = {
  readonly now: () => number
  readonly randomBytes: (size: number) => Uint8Array
  readonly idleMs: number
  readonly perKey: number
}

export const createSessions = (deps: SessionDeps): Sessions => {
  const byId = new Map<string, Session>()
  const end = (session: Session) => {
    byId.delete(session.id)
    session.link.leave(session)
    session.endStream()
    session.onEnd()
  }
  const inUse = (session: Session) =>
    session.stream !== null || [...session.link.pending.calls.values()].some((call) => call.party === session)
  const idle = (session: Session) => !inUse(session) && deps.now() - session.lastUsedAt > deps.idleMs
  /** Clients that never say goodbye must not lock a key out: the session unused for longest makes room. */
  const makeRoom = (keyId: string) => {
    const own = [...byId.values()].filter((session) => session.keyId === keyId)
    if (own.length < deps.perKey) return
    const byAge = own.toSorted((a, b) => a.lastUsedAt - b.lastUsedAt)
    const oldest = byAge.find((session) => !inUse(session)) ?? byAge[0]
    if (oldest) end(oldest)
  }
  return {
    makeRoom,
    open: (owner, link, announced, onEnd = () => {}) => {
      makeRoom(owner.keyId)
      const session: Session = {
        ...owner,
        id: Buffer.from(deps.randomBytes(24)).toString('base64url'),
        announced,
        link,
        subscriptions: new Set(),
        logLevel: null,
        stream: null,
        lastUsedAt: deps.now(),
        endStream: () => {},
        onEnd,
      }
      byId.set(session.id, session)
      link.pending.parties.add(session)
      return session
    },
    find: (id, owner) => {
      const session = byId.get(id)
      if (session === undefined || !isOf(session, owner) || idle(session)) return null
      session.lastUsedAt = deps.now()
      return session
    },
    end,
    endOf: (link) => {
      for (const session of [...byId.values()]) if (session.link === link) end(session)
    },
    endOfKeys: (isOver) => {
      for (const session of [...byId.values()]) if (isOver(session.keyId)) end(session)
    },
    sweep: () => {
      for (const session of [...byId.values()]) if (idle(session)) end(session)
    },
    count: () => byId.size,
  }
}

const isOf = (session: Session, owner: SessionOwner): boolean =>
  session.holder === owner.holder &&
  session.serverId === owner.serverId &&
  session.subject === owner.subject &&
  session.fingerprint === owner.fingerprint
