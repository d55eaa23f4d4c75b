import { createSecretKey, randomBytes } from 'node:crypto'
import { createVault } from '../src/credentials/vault.ts'
import { createAttempts } from '../src/keys/attempts.ts'
import { base62 } from '../src/keys/token.ts'
import type { PlainLetter, SignInDeps } from '../src/people/deps.ts'
import { hashPassword, isPassword } from '../src/people/passwords/hash.ts'
import { ok } from '../src/problems.ts'

type Clock = { readonly now: () => number }

/** What control hands to signing in: real hashes and a real vault; letters are kept instead of being sent. */
export const createSignInRig = ({ now }: Clock) => {
  const root = { id: 'root1', key: createSecretKey(randomBytes(32)) }
  const vault = createVault({ root, randomBytes, now })
  const pepper = randomBytes(32)
  const letters: PlainLetter[] = []
  const left: Promise<void>[] = []
  const deps: SignInDeps & { newCode: () => string } = {
    hashPassword: async (_organization, _member, password) =>
      ok({ phc: hashPassword(password.reveal(), pepper), pepperId: root.id }),
    isPassword: async (_organization, _member, password, stored) =>
      ok(isPassword(stored?.phc ?? null, password.reveal(), pepper)),
    encryptText: vault.encryptText,
    decryptText: vault.decryptText,
    randomBytes,
    attempts: createAttempts({ now }),
    sendLetter: async (letter) => void letters.push(letter),
    later: (_name, work) => void left.push(work()),
    controlUrl: () => 'https://control.example',
    newCode: () => base62(43, randomBytes),
  }
  /** Resolves when what was left for after the answers is done. */
  const settled = async (): Promise<void> => void (await Promise.all(left.splice(0)))
  return { deps, letters, settled, vault }
}
export type SignInRig = ReturnType<typeof createSignInRig>
