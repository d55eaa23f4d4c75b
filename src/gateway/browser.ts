import type { Result } from '../problems.ts'
import type { Caller } from './authenticate.ts'
import type { Incoming } from './incoming.ts'

type Deps = {
  /** Tells by itself of a key that a browser has. Charges nobody: a page could use up the attempts of whoever looks at it. */
  readonly authenticate: (call: Incoming) => Result<Caller> | Promise<Result<Caller>>
  readonly log: { readonly error: (fields: Readonly<Record<string, unknown>>, message: string) => void }
}

/** A page whose origin is not allowed may hold a key all the same. Looked at after the no, which does not depend on it. */
export const noticeBrowser =
  ({ authenticate, log }: Deps) =>
  (call: Incoming): void => {
    const look = async (): Promise<void> => void (await authenticate(call))
    look().catch((error) => log.error({ requestId: call.requestId, error }, 'a call of a browser met an accident'))
  }
