/** What goes between control and the thread that hashes passwords, one task at a time each way. */
export type Task =
  | { readonly ask: 'hash'; readonly password: string; readonly pepper: Uint8Array }
  | { readonly ask: 'verify'; readonly phc: string | null; readonly password: string; readonly pepper: Uint8Array }
/** The hash, or whether it was the password. */
export type Told =
  | { readonly ok: true; readonly value: string | boolean }
  | { readonly ok: false; readonly why: string }
