import { z } from 'zod'
import { NewKey } from '../schema.ts'

/** What a copy may have otherwise: a policy may ask for it. Everything else is as in the key that is copied. */
export const CopyInput = NewKey.pick({ name: true, expiresAt: true, expiresIn: true, allServersReason: true }).partial()
export type CopyInput = z.infer<typeof CopyInput>

export const KeyTemplate = z.strictObject({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  /** Body of a `POST /keys`, to be changed at will. */
  key: NewKey,
})
export type KeyTemplate = z.infer<typeof KeyTemplate>
