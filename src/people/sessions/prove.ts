import type { IncomingMessage } from 'node:http'
import type { Database } from '../../db/database.ts'
import { ok, type Result } from '../../problems.ts'
import type { Actor } from '../schema.ts'

export type SessionCaller = {
  readonly address: string
  readonly stream: Pick<IncomingMessage, 'headers' | 'method'>
}
export type SessionProofDeps = {
  readonly system: Pick<Database['system'], 'read' | 'transaction'>
  readonly now: () => number
  readonly publicUrl: string | null
}

/** Null: the call carries no session. */
export type ProveSession = (caller: SessionCaller) => Promise<Result<Actor | null>>

export const createSessionProof =
  (_deps: SessionProofDeps): ProveSession =>
  async () =>
    ok(null)
