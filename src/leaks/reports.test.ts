import { randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { createFoundSecrets, type FoundSecrets } from '../../test/found-secrets.ts'
import { createKeyring, granted, type Keyring } from '../../test/keyring.ts'
import { onEachStore } from '../../test/stores.ts'
import type { Database } from '../db/database.ts'
import { createSigner, type Signer } from '../keys/children/signing.ts'
import { checksumOf, mint, parseToken } from '../keys/token.ts'
import { refuse } from '../problems.ts'
import { createRecently } from './recently.ts'
import { createReports, type ReportDeps } from './reports.ts'

const from = { address: '203.0.113.9', requestId: 'req_AAAABBBBCCCCDDDD' }

onEachStore('reports of found secrets', (open) => {
  let database: Database
  let ring: Keyring
  let found: FoundSecrets
  let signer: Signer
  const lines: string[] = []
  const log = (fields: object, message: string) => void lines.push(`${message} ${JSON.stringify(fields)}`)
  const reportsWith = (more: Partial<ReportDeps> = {}) =>
    createReports({
      system: database.system,
      transaction: database.transaction,
      parseToken,
      prove: ring.prover.prove,
      secretsOf: () => ring.secrets,
      now: ring.clock.now,
      newId: ring.keyDeps.newId,
      recently: createRecently({ now: ring.clock.now, forMs: 3_600_000 }),
      publicKey: signer.publicKey,
      askGithub: async ({ alert }) => alert.secret ?? null,
      pause: async () => {},
      log: { info: log, warn: log, error: log },
      ...more,
    })
  /** Reports it and waits until the work is done. */
  const report = async (token: string, more: Partial<ReportDeps> = {}) => {
    const reports = reportsWith(more)
    expect(reports.token(token, from)).toBe(true)
    await reports.settled()
  }
  const policy = (leakAction: 'suspend' | 'revoke') =>
    database.system.transaction((db) =>
      db
        .updateTable('organizations')
        .set({ policies: JSON.stringify({ leakAction }) })
        .execute(),
    )

  beforeAll(async () => {
    database = await open()
    ring = await createKeyring(database)
    found = createFoundSecrets(database, ring)
    signer = createSigner({ seedOf: () => Buffer.alloc(32, 7), now: ring.clock.now })
  })

  test('M8 C27 who holds a key may have it stopped: it is suspended as exposed, audited, and gateways are told', async () => {
    const { id, secret } = await found.key()
    await report(secret)
    expect(await found.keyRow(id)).toMatchObject({
      state: 'suspended',
      state_reason: 'exposed',
      exposed_at: ring.clock.now(),
      revision: 2,
    })
    expect(await found.events(id)).toEqual([
      {
        action: 'key.exposed',
        by: 'system leak report',
        address: from.address,
        before: { state: 'active' },
        after: { state: 'suspended', reason: 'exposed', version: 1 },
      },
    ])
    expect(await found.announced(id)).toBe(1)
  })

  test('M8 told a hundred times it happens once', async () => {
    const { id, secret } = await found.key()
    for (let n = 0; n < 5; n += 1) await report(secret)
    expect(await found.events(id)).toHaveLength(1)
    expect((await found.keyRow(id)).revision).toBe(2)
  })

  test('M8 a key that was resumed and is found again is stopped again', async () => {
    const { id, secret } = await found.key()
    await report(secret)
    await database.system.transaction((db) =>
      db.updateTable('keys').set({ state: 'active', state_reason: null }).where('id', '=', id).execute(),
    )
    await report(secret)
    expect((await found.keyRow(id)).state).toBe('suspended')
    expect(await found.events(id)).toHaveLength(2)
  })

  test('C27 the policy may say that a found key is over', async () => {
    await policy('revoke')
    const { id, secret } = await found.key()
    const suspended = await found.key({ state: 'suspended', state_reason: 'holidays' })
    await report(secret)
    await report(suspended.secret)
    await policy('suspend')
    const at = ring.clock.now()
    expect(await found.keyRow(id)).toMatchObject({ state: 'revoked', revoked_at: at, state_reason: 'exposed' })
    expect(await found.keyRow(suspended.id)).toMatchObject({ state: 'revoked', state_reason: 'exposed' })
  })

  test('M8 a URL key is stopped like any other', async () => {
    const { id, secret } = await found.key({ token_kind: 'u' })
    await report(secret)
    expect((await found.keyRow(id)).state).toBe('suspended')
  })

  test('M8 a secret that rotation has retired ends nothing: the key has a new one', async () => {
    const { id, secret } = await found.key()
    const next = await found.addVersion(id, 2)
    await found.retire(id, 1, ring.clock.now())
    await report(secret)
    expect((await found.keyRow(id)).state).toBe('active')
    await report(next)
    expect((await found.keyRow(id)).state).toBe('suspended')
  })

  test('M8 the old secret of a rotation that drains still works, so it still counts', async () => {
    const { id, secret } = await found.key()
    await found.addVersion(id, 2)
    await found.retire(id, 1, ring.clock.now() + 1)
    await report(secret)
    expect((await found.keyRow(id)).state).toBe('suspended')
  })

  test('M8 a decoy stays where it lies; its owner hears once that it was found', async () => {
    const { id, secret } = await found.key({ honey: 1 })
    await report(secret)
    await report(secret)
    expect(await found.keyRow(id)).toMatchObject({ state: 'active', exposed_at: ring.clock.now() })
    expect(await found.events(id)).toMatchObject([{ action: 'key.exposed', after: { honey: true, state: 'active' } }])
  })

  test('what is revoked or deleted stays as it was', async () => {
    for (const state of ['revoked', 'deleted'] as const) {
      const { id, secret } = await found.key({ state, revoked_at: 1 })
      await report(secret)
      expect(await found.keyRow(id)).toMatchObject({ state, revoked_at: 1, exposed_at: null, revision: 1 })
      expect(await found.events(id)).toEqual([])
    }
  })

  describe('what is no proof', () => {
    const wrong = (secret: string) => {
      const body = secret.slice(0, 64) + (secret[64] === 'A' ? 'B' : 'A')
      return body + checksumOf(body)
    }

    test('M8 who knows the id but not the secret stops nothing, and no Argon2 runs for him', async () => {
      const { id, secret } = await found.key()
      const token = wrong(secret)
      expect(parseToken(token)).not.toBeNull()
      let asked = 0
      const prove: ReportDeps['prove'] = async (...args) => {
        asked += 1
        return ring.prover.prove(...args)
      }
      await report(token, { prove })
      await report(mint('k', randomBytes).secret.reveal(), { prove })
      await report(mint('a', randomBytes).secret.reveal(), { prove })
      await report(mint('g', randomBytes).secret.reveal(), { prove })
      expect(asked).toBe(1)
      expect(await found.keyRow(id)).toMatchObject({ state: 'active', exposed_at: null, revision: 1 })
      expect(await found.events(id)).toEqual([])
    })

    test('what is no token by its form is taken, and takes no place', async () => {
      const reports = reportsWith({
        parseToken: (text) => parseToken(text),
        prove: () => Promise.reject(new Error('must not be asked')),
      })
      for (const text of ['x', 'ostk_', 'Bearer hello', '\0', mint('k', randomBytes).secret.reveal().slice(1)])
        expect(reports.token(text, from)).toBe(true)
      await reports.settled()
    })

    test('white space around a pasted token is not part of it', async () => {
      const { id, secret } = await found.key()
      await report(`  ${secret}\n`)
      expect((await found.keyRow(id)).state).toBe('suspended')
    })
  })

  test('M8 a management token that was found is revoked', async () => {
    const { id, secret } = await found.managementToken()
    await report(secret)
    await report(secret)
    expect((await found.tokenRow(id)).revoked_at).toBe(ring.clock.now())
    expect(await found.events(id)).toMatchObject([
      { action: 'management-token.revoked', by: 'system leak report', after: { reason: 'exposed' } },
    ])
  })

  test('M8 a gateway token that was found raises an alarm, once an hour, and ends nothing', async () => {
    const { id, secret } = await found.gateway()
    const recently = createRecently({ now: ring.clock.now, forMs: 3_600_000 })
    await report(secret, { recently })
    await report(secret, { recently })
    expect(await found.events(id)).toMatchObject([{ action: 'gateway.exposed', address: from.address }])
    ring.clock.forward(3_600_000)
    await report(secret, { recently })
    expect(await found.events(id)).toHaveLength(2)
  })

  describe('a child token that was found', () => {
    const childOf = async (keyId: string, more: { signer?: Signer; id?: string; aud?: string } = {}) => {
      const id = more.id ?? ring.keyDeps.newId('chd')
      const seconds = Math.floor(ring.clock.now() / 1000)
      const times = { iat: seconds, exp: seconds + 3600 }
      const claims = { ...times, epoch: 1, ver: 1, narrow: [{}], anc: [] }
      const token = await (more.signer ?? signer).sign({
        iss: 'https://control.example',
        aud: ['https://gateway.example/default'],
        sub: keyId,
        client_id: keyId,
        jti: id,
        ...claims,
      })
      return { id, token: granted(token) }
    }

    test('M8 is revoked by whoever holds it, and its key goes on', async () => {
      const { id } = await found.key()
      const child = await childOf(id)
      await found.child(id, child.id)
      await report(child.token)
      await report(child.token)
      expect(await found.childRow(child.id)).toMatchObject({ revoked_at: ring.clock.now(), revision: 2 })
      expect((await found.keyRow(id)).state).toBe('active')
      expect(await found.events(id)).toMatchObject([
        { action: 'child.revoked', by: 'system leak report', after: { child: child.id, reason: 'exposed' } },
      ])
      expect(await found.announced(child.id)).toBe(1)
    })

    test('M8 is left alone when somebody else has signed it, or one letter is another', async () => {
      const { id } = await found.key()
      const child = await childOf(id)
      await found.child(id, child.id)
      const stranger = createSigner({ seedOf: () => Buffer.alloc(32, 8), now: ring.clock.now })
      const [head = '', body = '', signature = ''] = child.token.split('.')
      const other = signature[0] === 'A' ? 'B' : 'A'
      await report((await childOf(id, { id: child.id, signer: stranger })).token)
      await report(`${head}.${body}.${other}${signature.slice(1)}`)
      expect(await found.childRow(child.id)).toMatchObject({ revoked_at: null, revision: 1 })
    })

    test('that control knows nothing of, or that is over, changes nothing', async () => {
      const { id } = await found.key()
      await report((await childOf(id)).token)
      const child = await childOf(id)
      await found.child(id, child.id)
      ring.clock.forward(3_600_000)
      await report(child.token)
      expect(await found.childRow(child.id)).toMatchObject({ revoked_at: null })
      expect(await found.events(id)).toEqual([])
    })
  })

  test('a lane that is full and a store that is away are tried again', async () => {
    const { id, secret } = await found.key()
    let failures = 0
    const prove: ReportDeps['prove'] = async (...args) => {
      failures += 1
      if (failures === 1) return refuse('busy')
      if (failures === 2) throw new Error('the store is away')
      return ring.prover.prove(...args)
    }
    const done = Promise.withResolvers<void>()
    const newId = (prefix: string) => {
      done.resolve()
      return ring.keyDeps.newId(prefix)
    }
    const reports = reportsWith({ prove, newId })
    reports.token(secret, from)
    await done.promise
    await reports.settled()
    expect((await found.keyRow(id)).state).toBe('suspended')
  })

  test('what cannot be done at all is given up aloud, without the secret in the log', async () => {
    const { secret } = await found.key()
    lines.length = 0
    await report(secret, { prove: () => Promise.reject(new Error('gone')) })
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain(from.requestId)
    expect(lines[0]).not.toContain(secret.slice(22))
  })

  test('when too many wait no more are taken, and those that were are worked on', async () => {
    const { id, secret } = await found.key()
    const reports = reportsWith()
    const stranger = mint('k', randomBytes).secret.reveal()
    expect(reports.token(secret, from)).toBe(true)
    let taken = 1
    while (taken < 2000 && reports.token(stranger, from)) taken += 1
    expect(taken).toBe(1000)
    await reports.settled()
    expect((await found.keyRow(id)).state).toBe('suspended')
  })

  test('C27 an alert of GitHub stops the key that it names, under the name of GitHub', async () => {
    const { id, secret } = await found.key()
    const reports = reportsWith()
    const repository = { full_name: 'acme/shop' }
    reports.alert({ action: 'created', alert: { number: 1, secret }, repository }, from)
    reports.alert({ action: 'created', alert: { number: 2 }, repository }, from)
    lines.length = 0
    await reports.settled()
    expect(await found.events(id)).toMatchObject([{ action: 'key.exposed', by: 'system GitHub secret scanning' }])
    expect(lines).toEqual([expect.stringContaining('OSTIARY_GITHUB_TOKEN')])
  })
})
