import type { Effect } from '../../src/fleet/schema.ts'
import type { ServerView } from '../../src/servers/schema.ts'

/** What calls about servers answer, beside the server itself. */
export type Refs = Readonly<Record<string, { readonly slug: string | null; readonly name: string }>>
export type OneServer = { readonly server: ServerView; readonly refs: Refs }
export type ChangedServer = OneServer & { readonly effect: Effect }

export type Tool = { readonly name: string; readonly description?: string }
/** How one gateway sees it. */
export type Look = {
  readonly gateway: string
  readonly state: ServerView['state'] | 'no_answer'
  readonly tools?: readonly Tool[]
  readonly lastError?: string
}
export type TestedServer = OneServer & { readonly results: readonly Look[] }

export type Missing = { readonly name: string; readonly secret: boolean; readonly description?: string }
/** What becomes of one entry of an imported document. */
export type Outcome = {
  readonly name: string
  readonly ok: boolean
  readonly server?: {
    readonly id?: string
    readonly slug: string
    readonly type: ServerView['transport']['type']
    readonly target: string
    readonly env?: readonly string[]
    readonly header?: string
  }
  readonly code?: string
  readonly detail?: string
  readonly missing?: readonly Missing[]
}
export type Imported = { readonly results: readonly Outcome[] }
