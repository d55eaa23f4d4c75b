import { randomBytes } from 'node:crypto'
import { hashSecret } from '../../src/keys/hash.ts'
import { mint } from '../../src/keys/token.ts'
import type { Actor } from '../../src/people/schema.ts'
import { granted } from '../../test/keyring.ts'

type Call = (actor: Actor, call: string, given: { readonly body: object }) => Promise<Parameters<typeof granted>[0]>
type Spent = { readonly ms: number; readonly cpuMs: number }
export type Creation = { readonly made: Spent; readonly hashed: Spent; readonly count: number }

const perCall = 200
const atOnce = 2

/** Piece by piece beside as many hashes alone, so that both have the same neighbours. */
export async function createMany(
  call: Call,
  actor: Actor,
  count: number,
  { cpuMs, say }: { readonly cpuMs: () => number; readonly say: (text: string) => void },
): Promise<Creation> {
  const [made, hashed] = [
    { ms: 0, cpuMs: 0 },
    { ms: 0, cpuMs: 0 },
  ]
  const timed = async (into: { ms: number; cpuMs: number }, work: () => Promise<unknown>) => {
    const [begun, cpu] = [performance.now(), cpuMs()]
    await work()
    into.ms += performance.now() - begun
    into.cpuMs += cpuMs() - cpu
  }
  for (let from = 0; from < count; from += perCall) {
    const size = Math.min(perCall, count - from)
    await timed(hashed, () => hashAlone(size))
    const keys = Array.from({ length: size }, (_, n) => ({ name: `bulk ${from + n}`, tags: ['bulk'] }))
    await timed(made, async () => {
      const { results } = granted(await call(actor, 'POST /keys/import', { body: { keys } })) as {
        results: { ok: boolean }[]
      }
      if (results.some(({ ok }) => !ok)) throw new Error('a key was refused')
    })
    say(`${from + size} of ${count} keys made`)
  }
  return { made, hashed, count }
}

async function hashAlone(count: number): Promise<void> {
  const pepper = randomBytes(32)
  const waiting = Array.from({ length: count }, () => mint('k', randomBytes).secret).values()
  const lane = async () => {
    for (const secret of waiting) await hashSecret(secret.reveal(), pepper, 'root1')
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
}
