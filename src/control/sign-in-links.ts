import type { Vault } from '../credentials/vault.ts'
import { createAttempts } from '../keys/attempts.ts'
import { createLane } from '../keys/lane.ts'
import { newId } from '../keys/token.ts'
import { createMailPost } from '../notifications/mail/post.ts'
import type { SignInDeps } from '../people/deps.ts'
import { createHashing } from '../people/passwords/thread.ts'
import type { Store } from './open-store.ts'
import type { OrganizationKeys } from './organization-keys.ts'
import type { World } from './world.ts'

type Parts = { readonly store: Store; readonly vault: Vault; readonly keys: OrganizationKeys }

/** One at a time leaves the other cores to everybody else; a crowd waits its turn here. */
const crowd = { width: 1, queue: 512, waitMs: 30_000 } as const

export type SignIn = Omit<SignInDeps, 'controlUrl'> & { readonly settled: () => Promise<void> }

/** What people sign in with: passwords, mails, and the count of who failed. */
export const createSignIn = (world: World, { store, vault, keys }: Parts): SignIn => {
  const { randomBytes, log, monotonic } = world
  const lane = createLane(crowd)
  const hashing = createHashing()
  const pepperOf = (organizationId: string, id: string): Buffer => {
    const pepper = keys.secretsOf(organizationId).peppers.get(id)
    if (!pepper) throw new Error(`There is no pepper of the root ${id}: the master key was replaced.`)
    return pepper
  }
  const running = new Set<Promise<void>>()
  // Nobody who tries twice at once waits for himself: each attempt is its own in the lane.
  const turn = (memberId: string): string => `${memberId} ${newId('try', randomBytes)}`
  return {
    hashPassword: (organizationId, memberId, password) =>
      lane.run(turn(memberId), async () => ({
        phc: await hashing.hash(password.reveal(), pepperOf(organizationId, store.root.id)),
        pepperId: store.root.id,
      })),
    isPassword: (organizationId, memberId, password, stored) =>
      lane.run(turn(memberId), () => {
        const pepper = pepperOf(organizationId, stored?.pepperId ?? store.root.id)
        return hashing.verify(stored?.phc ?? null, password.reveal(), pepper)
      }),
    encryptText: vault.encryptText,
    decryptText: vault.decryptText,
    randomBytes,
    attempts: createAttempts({ now: monotonic }),
    sendLetter: letters(world),
    later: (name, work) => {
      const done = new Promise((resolve) => setImmediate(resolve))
        .then(work)
        .catch((err) => log.warn({ err, name }, 'what was left for after the answer failed'))
        .finally(() => running.delete(done))
      running.add(done)
    },
    settled: async () => {
      // Again, because what was left may leave something itself: a reset its letter.
      while (running.size > 0) await Promise.all(running)
      await hashing.stop()
    },
  }
}

const letters = ({ config, randomBytes }: World): SignInDeps['sendLetter'] => {
  const { smtpUrl: url, mailFrom: from } = config
  if (url === null || from === null) return null
  const post = createMailPost({ url, from })
  const domain = /@([A-Za-z0-9.-]+)>?\s*$/.exec(from)?.[1] ?? 'ostiary.invalid'
  return (letter) => post({ ...letter, messageId: `<${newId('mail', randomBytes)}@${domain}>` })
}
