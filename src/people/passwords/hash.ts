import { hashSync, verifySync } from '@node-rs/argon2'

/** As it stands in the store: Argon2id with a pepper that does not. */
export type StoredPassword = { readonly phc: string; readonly pepperId: string }

/** OWASP's first choice (Password Storage Cheat Sheet), as for keys; here it is what makes guessing slow. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 } as const

/** The same text, however a keyboard composes it (NIST SP 800-63B §5.1.1.2). */
const normal = (password: string): string => password.normalize('NFKC')

/** Both take the thread that calls them for tens of milliseconds: control asks a thread of its own (thread.ts). */
export const hashPassword = (password: string, pepper: Uint8Array): string =>
  hashSync(normal(password), { ...cost, secret: pepper })

/** Of no password: to ask where there is none must take as long as where there is one. */
const nobodys = hashSync('nobody has this password', cost)

export function isPassword(phc: string | null, password: string, pepper: Uint8Array): boolean {
  const isRight = verifySync(phc ?? nobodys, normal(password), phc === null ? null : { secret: pepper })
  return isRight && phc !== null
}
