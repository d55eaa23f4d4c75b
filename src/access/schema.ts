import type { ProblemCode } from '../problems.ts'

/** A call as the decision sees it; `server` is the record the slug led to, or null when there is none. */
export type Call = {
  readonly kind: 'mcp'
  readonly server: { readonly id: string; readonly project: string } | null
  /** JSON-RPC method, or the HTTP method for calls without a body. */
  readonly method: string
  readonly tool: string | null
}

/** What a yes still has to go through, in this order; each can only turn it into a no. Empty until limits and guardrails exist. */
export type Duty =
  | { readonly kind: 'seats' }
  | { readonly kind: 'hold' }
  | { readonly kind: 'filter' }
  | { readonly kind: 'redact' }
  | { readonly kind: 'shape' }

export type Deny = {
  readonly kind: 'deny'
  readonly code: ProblemCode
  readonly rule: string
  readonly revision: number
}
export type Allow = { readonly kind: 'allow'; readonly duties: readonly Duty[] }
export type Verdict = Deny | Allow
