import { z } from 'zod'

/** Whatever was found; what is no token of ours is taken and forgotten like a wrong one. */
export const LeakReport = z.strictObject({ token: z.string().min(1).max(8192) })

/** As trufflehog asks for what its detector has found: `{"Ostiary": {"token": ["ostk_…"]}}`. */
export const VerifyRequest = z
  .record(
    z.string().min(1).max(120),
    z.record(z.string().min(1).max(120), z.array(z.string().max(8192)).min(1).max(20)),
  )
  .refine((found) => Object.keys(found).length > 0, 'must hold what was found')
export type VerifyRequest = z.infer<typeof VerifyRequest>

/**
 * What counts of GitHub's `secret_scanning_alert`. Not strict: it is GitHub's, and grows. `secret` is there in some
 * deliveries only; where it is missing it has to be asked for.
 */
export const GithubAlert = z.object({
  action: z.string().max(64),
  alert: z.object({
    number: z.int().min(1),
    secret: z.string().max(8192).optional(),
  }),
  repository: z.object({ full_name: z.string().regex(/^[A-Za-z0-9_.-]{1,100}\/[A-Za-z0-9_.-]{1,100}$/) }),
})
export type GithubAlert = z.infer<typeof GithubAlert>
