import type { Result } from '../../../problems.ts'
import type { LlmRequest } from '../request.ts'

/** Handed over, not copied: while a worker has the memory, nobody else does. */
export type Task = { readonly memory: ArrayBuffer; readonly route: LlmRequest['route'] }
export type Told = { readonly result: Result<LlmRequest>; readonly memory: ArrayBuffer }
