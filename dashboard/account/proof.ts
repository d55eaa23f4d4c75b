import type { StepUp } from '../../src/people/second-factor/schema.ts'

/** One field takes both: what looks like a code of an authenticator is one. */
export const proofOf = (typed: string): StepUp => {
  const code = typed.trim()
  return /^\d{3} ?\d{3}$/.test(code) ? { code } : { password: typed }
}
