/** What goes between the main thread and a database thread. Answers come in the order of the requests. */
export type Setup = { readonly file: string; readonly readOnly: boolean; readonly busyTimeoutMs: number }

export type Request =
  /** `begin` opens the transaction first: one message for two statements. */
  | {
      readonly ask: 'run'
      readonly begin: 'immediate' | 'deferred' | null
      readonly sql: string
      readonly parameters: readonly unknown[]
    }
  | { readonly ask: 'commit' }
  | { readonly ask: 'rollback' }
  /** A verified copy of the whole database beside it. */
  | { readonly ask: 'copy'; readonly target: string }
  | { readonly ask: 'close' }

export type Rows = { readonly rows: unknown[]; readonly changed: bigint | null }

export type Answer = { readonly ok: true; readonly value: Rows } | { readonly ok: false; readonly failure: Failure }

/** An error as plain data, because threads copy an error's message but not what SQLite adds to it. */
export type Failure = { readonly message: string; readonly code: string; readonly errcode: number }

export const failureOf = (error: unknown): Failure => {
  const read = (name: string): unknown => (error instanceof Error ? Reflect.get(error, name) : undefined)
  const [code, errcode] = [read('code'), read('errcode')]
  return {
    message: error instanceof Error ? error.message : String(error),
    code: typeof code === 'string' ? code : 'ERR_SQLITE_THREAD',
    errcode: typeof errcode === 'number' ? errcode : 0,
  }
}

export const errorOf = ({ message, ...more }: Failure): Error => Object.assign(new Error(message), more)
