import { hash } from 'node:crypto'
import { ok, type Result } from '../problems.ts'
import { gateOf, sameGate, verifySecret } from './hash.ts'
import { createKnownProofs, type Known } from './known-proofs.ts'
import type { Lane } from './lane.ts'
import type { SecretVersion } from './schema.ts'
import type { Token } from './token.ts'

/** What a secret is proved against: the live record of a key, or of anything else that has secret versions. */
export type Provable = {
  readonly organization: string
  readonly id: string
  readonly versions: readonly SecretVersion[]
}
/** The organization's own, derived from the root. `peppers` by the id that stands in each version. */
export type ProvingSecrets = { readonly peppers: ReadonlyMap<string, Buffer>; readonly proofKey: Buffer }
/** As on the feed (fleet/schema.ts): somebody with the proof key has seen the right secret for this version. */
export type KnownProof = {
  readonly organization: string
  readonly key: string
  readonly version: number
  readonly proof: string
}

/** Answers which version a secret belongs to, even a retired one; what that version may still do is `refusalOf`. */
export type Prover = {
  /** At once, from memory: the version, null (no version can match) or undefined (ask `prove`). */
  readonly proveWarm: (token: Token, record: Provable, secrets: ProvingSecrets) => number | null | undefined
  /** The version, null for a wrong secret, or the problem `busy`. */
  readonly prove: (token: Token, record: Provable, secrets: ProvingSecrets) => Promise<Result<number | null>>
  readonly learn: (proofs: readonly KnownProof[]) => void
  readonly forget: (id: string) => void
  readonly table: () => KnownProof[]
  /** Told of each proof that was found here by Argon2, not of learned ones. */
  readonly onProved: (listener: (proof: KnownProof) => void) => () => void
}

/** SHA-256(proof key ‖ whole token): keyed, so a table of proofs tells nothing; whole, so no two tokens share one. */
export const proofOf = (proofKey: Buffer, token: string): string =>
  hash('sha256', Buffer.concat([proofKey, Buffer.from(token)]), 'base64url')

export function createProver(deps: { readonly lane: Lane }): Prover {
  const known = createKnownProofs()
  const running = new Map<string, Promise<Result<number | null>>>()
  const listeners = new Set<(proof: KnownProof) => void>()
  const digestOf = createDigest()

  const found = (record: Provable, version: number, proof: string): void => {
    const item = { organization: record.organization, key: record.id, version, proof }
    known.remember(item)
    for (const listener of listeners) listener(item)
  }

  const proveWarm: Prover['proveWarm'] = (token, record, secrets) => {
    const held = known.of(token, record)
    if (held === null) return undefined
    const digest = digestOf(secrets.proofKey, token.text)
    for (let item: Known | null = held; item !== null; item = item.next) {
      // The digest is keyed: comparing it in plain time tells a stranger nothing he could use.
      if (item.proof === digest) return hasVersion(record.versions, item.version) ? item.version : undefined
    }
    return undefined
  }

  const proveCold = async (token: Token, record: Provable, passed: readonly Candidate[], proof: string) => {
    for (const { version, phc, pepper } of passed) {
      const right = await deps.lane.run(record.id, () => verifySecret(phc, token.text, pepper))
      if (!right.ok) return right
      if (!right.value) continue
      found(record, version, proof)
      return ok(version)
    }
    return ok(null)
  }

  return {
    proveWarm,
    prove: async (token, record, secrets) => {
      const warm = proveWarm(token, record, secrets)
      if (warm !== undefined) return ok(warm)
      const passed = candidates(token, record, secrets)
      if (passed.length === 0) return ok(null)
      // Single flight per digest and versions: the same secret against a record that moved on is another question.
      const proof = proofOf(secrets.proofKey, token.text)
      const flight = `${proof} ${passed.map(({ version }) => version).join()}`
      const joined = running.get(flight)
      if (joined) return joined
      const cold = proveCold(token, record, passed, proof).finally(() => running.delete(flight))
      running.set(flight, cold)
      return cold
    },
    learn: (proofs) => {
      for (const proof of proofs) known.remember(proof)
    },
    forget: known.forget,
    table: known.table,
    onProved: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

type Candidate = { readonly version: number; readonly phc: string; readonly pepper: Buffer }

/** Versions whose gate lets the token through; a wrong secret passes one in 2^32 times. */
function candidates(token: Token, record: Provable, { peppers }: ProvingSecrets): Candidate[] {
  if (!record.id.endsWith(`_${token.id16}`)) return []
  let [gate, gatePepper] = [0, '']
  const passed: Candidate[] = []
  for (const { version, phc, gate: stored, pepperId } of record.versions) {
    const pepper = peppers.get(pepperId)
    // An accident of ours, not the caller's wrong secret: it must not look like one.
    if (pepper === undefined) throw new Error(`pepper ${pepperId} of ${record.organization} is not here`)
    if (pepperId !== gatePepper) [gate, gatePepper] = [gateOf(token.text, pepper), pepperId]
    if (sameGate(gate, stored)) passed.push({ version, phc, pepper })
  }
  return passed
}

/** The warm path's `proofOf`: one scratch buffer instead of three allocations per call. */
function createDigest(): (proofKey: Buffer, token: string) => string {
  let scratch = Buffer.alloc(0)
  let last: Buffer | null = null
  return (proofKey, token) => {
    // Tokens are ASCII by grammar, so one character is one byte.
    const size = proofKey.length + token.length
    if (scratch.length !== size || last !== proofKey) {
      scratch = Buffer.alloc(size)
      proofKey.copy(scratch)
      last = proofKey
    }
    scratch.write(token, proofKey.length, 'latin1')
    return hash('sha256', scratch, 'base64url')
  }
}

function hasVersion(versions: readonly SecretVersion[], version: number): boolean {
  for (const held of versions) if (held.version === version) return true
  return false
}
