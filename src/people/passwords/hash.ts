import { hash, verify } from '@node-rs/argon2'

/** As it stands in the store: Argon2id with a pepper that does not. */
export type StoredPassword = { readonly phc: string; readonly pepperId: string }

/** OWASP's first choice (Password Storage Cheat Sheet), as for keys; here it is what makes guessing slow. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 } as const

/** The same text, however a keyboard composes it (NIST SP 800-63B §5.1.1.2). */
const normal = (password: string): string => password.normalize('NFKC')

export const hashPassword = (password: string, pepper: Buffer): Promise<string> =>
  hash(normal(password), { ...cost, secret: pepper })

/** Of no password: to ask where there is none must take as long as where there is one. */
const nobodys = hash('nobody has this password', cost)

export async function isPassword(phc: string | null, password: string, pepper: Buffer): Promise<boolean> {
  const isRight = await verify(phc ?? (await nobodys), normal(password), phc === null ? null : { secret: pepper })
  return isRight && phc !== null
}
