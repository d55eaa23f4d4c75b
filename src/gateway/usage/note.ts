import type { Charge, Tokens } from '../../fleet/records/schema.ts'
import type { Result } from '../../problems.ts'
import type { Answer } from '../answer.ts'
import type { Incoming } from '../incoming.ts'
import type { OpenMark, Spool } from '../spool/spool.ts'

/** How a call went, beyond what its facts say. */
export type Outcome = {
  readonly kind: 'mcp' | 'llm'
  readonly status: number
  readonly code: string | null
  readonly tokens: Tokens | null
  readonly estimated: boolean
  /** nano-USD; null: no price is known. */
  readonly cost: number | null
  readonly price: string | null
  readonly charges: readonly Charge[]
  readonly firstByteMs: number | null
}

/** Writes down what is called: admitted calls into the spool before their last byte, refusals after theirs. */
export type Noting = {
  /** Before a call that is budgeted or streamed goes upstream; `reserved` is what it costs if nobody ever says. */
  readonly open: (call: Incoming, reserved: Outcome, isBudgeted: boolean) => Promise<Result<OpenMark>>
  /** The call is over: `release` lets its last byte go. */
  readonly done: (call: Incoming, outcome: Outcome, opened: OpenMark | null, release: () => void) => void
  /** A caller whom we know was refused. Of a flood of them only some are written down. */
  readonly refused: (call: Incoming, answer: Answer) => void
}

type Deps = { readonly spool: Spool; readonly now: () => number; readonly monotonic: () => number }

/** PLACEHOLDER until records are made. */
export function createNoting({ spool }: Deps): Noting {
  return {
    open: () => Promise.resolve({ ok: true, value: { place: 0 } }),
    done: (_call, _outcome, _opened, release) => release(),
    refused: () => void spool.isFull(),
  }
}
