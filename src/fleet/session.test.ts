import { expect, test } from 'vitest'
import { frameVersions } from './schema.ts'
import { answerBeat, noteApplied, type Session, sendRange } from './session.ts'

const now = { monotonic: 10, wall: 10 }

function sessionAt(sent: number, more: Partial<Session> = {}): { session: Session; texts: string[] } {
  const texts: string[] = []
  const session: Session = {
    gateway: { id: 'gwy_1', name: 'one', organizationId: 'org_a' },
    hello: {
      type: 'hello',
      frames: frameVersions,
      software: '',
      boot: 'b',
      position: null,
      sealingKey: '',
      publicUrl: '',
    },
    peerUrl: '',
    peersTold: '',
    wire: { send: (text) => void texts.push(text), sendPaced: async () => {}, close: () => {}, isOpen: () => true },
    seal: (_aad, text) => text,
    publicUrl: '',
    signingTurn: '',
    tokenRequests: 0,
    sent,
    isSyncing: false,
    wantsSync: false,
    applied: null,
    owed: 0,
    lastAnswered: null,
    beat: { n: 1, received: { monotonic: 7, wall: 7 }, needs: 5 },
    lastSeen: now,
    touch: null,
    behindSince: null,
    era: 1,
    seenSavedAt: 0,
    isRevoked: false,
    ...more,
  }
  return { session, texts }
}

test('a heartbeat is answered when all that was numbered before it has been sent', () => {
  const { session, texts } = sessionAt(5)
  answerBeat(session, 99)
  expect(texts.map((text) => JSON.parse(text))).toEqual([{ type: 'heartbeat', n: 1, storeNow: 99 }])
  // Its receipt counts, not the moment of the answer: the gateway counts from when it had sent it.
  expect(session.lastAnswered).toEqual({ monotonic: 7, wall: 7 })
  answerBeat(session, 99)
  expect(texts).toHaveLength(1)
})

test.each<[string, number, Partial<Session>]>([
  ['something numbered before it was not sent', 4, {}],
  ['an answer has named an end that needs more than was sent', 5, { owed: 6 }],
  ['a snapshot is on its way', 5, { isSyncing: true }],
  ['the credential of the gateway was revoked', 5, { isRevoked: true }],
])('G2 a heartbeat is not answered while %s', (_title, sent, more) => {
  const { session, texts } = sessionAt(sent, more)
  answerBeat(session, 99)
  expect(texts).toEqual([])
  expect(session.lastAnswered).toBeNull()
})

test('a range is sent from where the gateway stands, and never over a gap', () => {
  const batch = { after: 5, upTo: 9, records: [] }
  const inside = sessionAt(7)
  sendRange(inside.session, 'log', batch, now)
  const empty = { scopes: [], records: [] }
  expect(JSON.parse(inside.texts[0] ?? '')).toEqual({ type: 'changes', log: 'log', after: 7, upTo: 9, ...empty })
  for (const sent of [4, 9, 12]) {
    const { session, texts } = sessionAt(sent)
    sendRange(session, 'log', batch, now)
    expect(texts).toEqual([])
    expect(session.sent).toBe(sent)
  }
})

test('an acknowledgement never goes back', () => {
  const { session } = sessionAt(9)
  noteApplied(session, 9, now)
  noteApplied(session, 3, now)
  expect(session.applied).toBe(9)
  expect(session.behindSince).toBeNull()
})
