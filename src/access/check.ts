import type { KeyRecord } from '../keys/schema.ts'
import type { ProblemCode } from '../problems.ts'
import type { Backing } from './backing.ts'
import type { Caps } from './caps.ts'
import type { LiveChild } from './narrow/cuts.ts'
import type { Call } from './schema.ts'

/** Who asks: the live record of the key, what stands behind it, the gateway that was asked, and the client's address. */
export type Subject = {
  readonly key: KeyRecord
  /** Null: the key itself asks. */
  readonly child: LiveChild | null
  readonly backing: Backing
  /** Limits and budgets of its organization; missing or null: nobody looks at them here. */
  readonly caps?: Caps | null
  readonly gateway: string
  readonly address: string
}

export type Refusal = { readonly code: ProblemCode; readonly rule: string; readonly revision: number }
export type Refuses = (subject: Subject, call: Call, now: number) => Refusal | null

export type Check = {
  readonly name: string
  /** Every code that it refuses with, and when: printed in docs/errors.md. */
  readonly codes: readonly ProblemCode[]
  readonly asks: string
  /** It asks who comes, from where and to whom, and nothing of what is called: for `/api/me` it counts too. */
  readonly atTheDoor?: true
  readonly refuses: Refuses
}

export const byKey = ({ key }: Pick<Subject, 'key'>, code: ProblemCode, rule: string): Refusal => ({
  code,
  rule,
  revision: key.revision,
})
