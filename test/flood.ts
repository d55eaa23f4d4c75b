import type { IncomingMessage } from 'node:http'
import { authenticate, type Caller, createProof } from '../src/gateway/authenticate.ts'
import { type Incoming, noFacts } from '../src/gateway/incoming.ts'
import { createSnapshot } from '../src/gateway/snapshot.ts'
import { createAttempts } from '../src/keys/attempts.ts'
import { createLane, laneWidth } from '../src/keys/lane.ts'
import { createProver } from '../src/keys/prove.ts'
import { checksumOf } from '../src/keys/token.ts'
import type { Result } from '../src/problems.ts'
import { newKey, organization, pepper, proofKey } from './fake-control.ts'

/** A gateway's door, with keys whose hashes are real, and somebody who knows the id of one of them. */
export type Flood = {
  /** A wrong secret for that id, right by grammar and checksum: every other one from another address. */
  readonly guess: (n: number) => Result<Caller> | Promise<Result<Caller>>
  /** The right secret of another key, which nobody has proved here yet. */
  readonly cold: (n: number) => Promise<Result<Caller>>
  readonly victim: () => Promise<Result<Caller>>
  readonly argon2Runs: () => number
}

export async function createFlood(coldKeys: number, cores: number): Promise<Flood> {
  const victim = await newKey()
  const keys = await Promise.all(Array.from({ length: coldKeys }, () => newKey()))
  const { snapshot, secretsOf } = holding([victim, ...keys].map(({ record }) => record))
  const lane = createLane({ width: laneWidth(cores, 4) })
  let runs = 0
  const counted: typeof lane = {
    ...lane,
    run: (id, work) => {
      runs += 1
      return lane.run(id, work)
    },
  }
  const never = () => {
    throw new Error('nothing of the kind is sent')
  }
  const door = authenticate(
    createProof({
      findKey: snapshot.keyByToken,
      secretsOf,
      isFresh: () => true,
      prover: createProver({ lane: counted }),
      attempts: createAttempts({ now: () => performance.now() }),
      sightings: { honey: never, browser: never },
      child: never,
      now: Date.now,
    }),
  )
  const victimId = victim.record.id.slice('key_'.length)
  return {
    guess: (n) => {
      // Made up without a random number, so that what is measured is the door.
      const body = `ostk_${victimId}_${String(n).padStart(43, '0')}`
      return door(
        call(
          body + checksumOf(body),
          n % 2 === 0 ? '203.0.113.9' : `10.${n & 255}.${(n >> 8) & 255}.${(n >> 16) & 255}`,
        ),
      )
    },
    cold: async (n) => door(call(keys[n % keys.length]?.token ?? '', '198.51.100.7')),
    victim: async () => door(call(victim.token, '198.51.100.8')),
    argon2Runs: () => runs,
  }
}

function holding(records: readonly Awaited<ReturnType<typeof newKey>>['record'][]) {
  const unsealed = organization()
  if (unsealed.kind !== 'organization') throw new Error('an organization is one')
  const { secrets: _, ...rest } = unsealed
  const secrets = { peppers: { p1: pepper.toString('base64') }, proofKey: proofKey.toString('base64'), sessionKeys: [] }
  const snapshot = createSnapshot({ openSecrets: () => secrets, now: Date.now, log: { error: () => {} } })
  snapshot.apply([{ ...rest, sealedSecrets: '' }, ...records])
  return { snapshot, secretsOf: (id: string) => snapshot.organization(id)?.proving ?? null }
}

function call(token: string, address: string): Incoming {
  const request = { headers: {}, rawHeaders: ['Authorization', `Bearer ${token}`], url: '/mcp-connect/echo' }
  return {
    // What the door reads of a request; a real one cannot be made without a socket.
    request: request as unknown as IncomingMessage,
    requestId: 'req_0123456789abcdef',
    address,
    isProxy: false,
    startedAt: 0,
    server: 'echo',
    urlKey: null,
    route: '/mcp-connect/{server}',
    facts: noFacts(),
  }
}
