import type { FeedState } from './feed-state.ts'
import type { AttachedGateway } from './roster.ts'
import type { SigningKeys, TokenAnswer, TokenRequest } from './schema.ts'
import { type Session, sendFrame } from './session.ts'

/** What control's end has to be given for child tokens. */
export type TokenDeps = {
  /** Proves, decides, signs and writes; never fails. */
  readonly answerToken: (
    gateway: AttachedGateway & { readonly publicUrl: string },
    request: TokenRequest,
  ) => Promise<TokenAnswer['result']>
  readonly signing: {
    /** Changes when the keys do, with time. */
    readonly turn: () => string
    readonly keys: () => Omit<SigningKeys, 'type'>
  }
}

/** Of one gateway at a time; each may take the lane of Argon2 and the store. Honest ones hold their callers back themselves. */
const runningAtMost = 32

export async function answerToken({ deps }: FeedState, session: Session, request: TokenRequest): Promise<void> {
  const { gateway, publicUrl, wire } = session
  if (session.tokenRequests >= runningAtMost) return sendFrame(wire, answerTo(request, busy))
  session.tokenRequests += 1
  const result = await deps.answerToken({ ...gateway, publicUrl }, request)
  session.tokenRequests -= 1
  sendFrame(wire, answerTo(request, result))
}

const answerTo = ({ n }: TokenRequest, result: TokenAnswer['result']): TokenAnswer => ({
  type: 'token-answer',
  n,
  result,
})
const busy = { ok: false, code: 'busy', detail: 'Control is busy with tokens.', retryAfterSeconds: 1 } as const

/** With the first frames and whenever they have changed: a gateway keeps what it was told last. */
export function tellSigningKeys({ deps }: FeedState, session: Session): void {
  const turn = deps.signing.turn()
  if (session.signingTurn === turn) return
  session.signingTurn = turn
  sendFrame(session.wire, { type: 'signing-keys', ...deps.signing.keys() })
}
