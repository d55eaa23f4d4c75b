import { z } from 'zod'
import type { Problem } from '../../problems.ts'
import { type AnswerDeps, revealed } from '../answer.ts'
import type { Created } from '../create.ts'
import type { NewKey } from '../schema.ts'

/** One key of an import, by its place in the body, and what has become of it. */
export type Definition = { readonly index: number; readonly input: NewKey }
const Imported = z.strictObject({
  index: z.int(),
  ok: z.literal(true),
  /** Of a dry run there is none. */
  id: z.string().optional(),
  name: z.string(),
  secret: z.string().optional(),
  url: z.string().optional(),
  claim: z.strictObject({ url: z.string(), expiresAt: z.string() }).optional(),
  delivered: z.literal(true).optional(),
})
const Refused = z.strictObject({
  index: z.int(),
  ok: z.literal(false),
  code: z.string(),
  detail: z.string().optional(),
  errors: z.array(z.strictObject({ pointer: z.string(), detail: z.string() })).optional(),
})
export const Outcome = z.discriminatedUnion('ok', [Imported, Refused])
export type Outcome = z.infer<typeof Outcome>
export function imported(deps: AnswerDeps, index: number, created: Created): Outcome {
  const { id, name } = created.key.record
  const known = { index, ok: true, id, name } as const
  if ('secret' in created) return { ...known, ...revealed(deps, created.key, created.secret) }
  const { code, expiresAt } = created.claim
  return { ...known, claim: { url: deps.claimUrl(code), expiresAt: new Date(expiresAt).toISOString() } }
}

/** Pointers into the body of the import. */
export function refused(index: number, { code, detail, errors }: Problem): Outcome {
  const pointers = errors?.map((error) => ({ ...error, pointer: `/keys/${index}${error.pointer}` }))
  return {
    index,
    ok: false,
    code,
    ...(detail === undefined ? {} : { detail }),
    ...(pointers === undefined ? {} : { errors: pointers }),
  }
}
