import type { z } from 'zod'
import type { TransferView as Shape } from '../../../src/people/leaving/schema.ts'

/** What a transfer came to, or would come to. */
export type Transferred = z.infer<typeof Shape>
export type TransferredKey = Transferred['keys'][number]
export type Heir = { readonly type: 'member' | 'team'; readonly id: string }
