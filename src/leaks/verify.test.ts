import { beforeAll, expect, test } from 'vitest'
import { createFoundSecrets, type FoundSecrets } from '../../test/found-secrets.ts'
import { createKeyring, granted, type Keyring } from '../../test/keyring.ts'
import { onEachStore } from '../../test/stores.ts'
import type { Database } from '../db/database.ts'
import { createSigner } from '../keys/children/signing.ts'
import { parseToken } from '../keys/token.ts'
import { refuse } from '../problems.ts'
import { verifyFound } from './verify.ts'

onEachStore('questions of scanners', (open) => {
  let database: Database
  let ring: Keyring
  let found: FoundSecrets
  let isLive: (...tokens: string[]) => Promise<string>
  const seed = createSigner({ seedOf: () => Buffer.alloc(32, 7), now: () => ring.clock.now() })

  beforeAll(async () => {
    database = await open()
    ring = await createKeyring(database)
    found = createFoundSecrets(database, ring)
    const ask = verifyFound({
      system: database.system,
      parseToken,
      prove: ring.prover.prove,
      secretsOf: () => ring.secrets,
      publicKey: seed.publicKey,
      now: ring.clock.now,
    })
    isLive = async (...tokens) => {
      const answer = await ask({ Ostiary: { token: tokens } })
      return answer.ok ? 'live' : answer.problem.code
    }
  })

  test('C04 a secret that works is live, also beside one that does not, and asking changes nothing', async () => {
    const { id, secret } = await found.key()
    const url = await found.key({ token_kind: 'u' })
    const [token, gateway] = [await found.managementToken(), await found.gateway()]
    for (const live of [secret, url.secret, token.secret, gateway.secret]) expect(await isLive(live)).toBe('live')
    expect(await isLive('nothing', secret)).toBe('live')
    expect(await found.keyRow(id)).toMatchObject({ state: 'active', exposed_at: null, revision: 1 })
    expect(await found.events(id)).toEqual([])
  })

  test('C04 what a gateway would refuse is not, a decoy least of all', async () => {
    const now = ring.clock.now()
    const retired = await found.key()
    await found.retire(retired.id, 1, now)
    const dead = [
      await found.key({ state: 'suspended' }),
      await found.key({ state: 'revoked' }),
      await found.key({ state: 'deleted' }),
      await found.key({ expires_at: now }),
      await found.key({ honey: 1 }),
      retired,
    ]
    for (const { secret } of dead) expect(await isLive(secret)).toBe('key_invalid')
    expect(await isLive(`${dead[0]?.secret}x`, '\0', '')).toBe('key_invalid')
  })

  test('a child token is live until it, or its key, is not', async () => {
    const { id } = await found.key()
    const child = ring.keyDeps.newId('chd')
    await found.child(id, child)
    const seconds = Math.floor(ring.clock.now() / 1000)
    const who = { iss: 'https://control.example', aud: ['https://gateway.example/default'], sub: id, client_id: id }
    const rest = { iat: seconds, exp: seconds + 3600, epoch: 1, ver: 1, narrow: [{}], anc: [] }
    const token = granted(await seed.sign({ ...who, jti: child, ...rest }))
    expect(await isLive(token)).toBe('live')
    await database.system.transaction((db) =>
      db.updateTable('keys').set({ state: 'suspended' }).where('id', '=', id).execute(),
    )
    expect(await isLive(token)).toBe('key_invalid')
  })

  test('a full lane is not an answer', async () => {
    const { secret } = await found.key()
    const ask = verifyFound({
      system: database.system,
      parseToken,
      prove: async () => refuse('busy'),
      secretsOf: () => ring.secrets,
      publicKey: () => null,
      now: ring.clock.now,
    })
    expect(await ask({ Ostiary: { token: [secret] } })).toMatchObject({ problem: { code: 'busy' } })
  })
})
