import { Secret } from '../../secret.ts'
import type { SealedPlace } from '../deps.ts'
import type { CodeDeps } from '../setup.ts'
import { findOrganization } from '../store.ts'
import { type Attempt, forgetAttempts, insertAttempt } from './attempts/store.ts'
import { browserIn, browserLine, hashOf, validMs } from './browser.ts'
import type { ProviderDeps } from './create.ts'
import { peerOf } from './peer.ts'
import { returnToOf } from './return-to.ts'
import type { SingleSignOnError } from './schema.ts'
import { findProvider } from './store.ts'
import { redirectUriOf } from './view.ts'

export type FlowDeps = ProviderDeps & Pick<CodeDeps, 'newCode'>
export type Beginning = {
  readonly organization: string
  readonly slug: string
  readonly returnTo: string | null
  readonly cookie: string | null
  readonly address: string
  readonly isProxy: boolean
}
/** Where the browser goes, with which cookies. */
export type Sent =
  | { readonly ok: true; readonly location: string; readonly cookies: readonly string[] }
  | { readonly ok: false; readonly error: SingleSignOnError; readonly why: string }

/** Sign-ins of one organization that are under way: more are nobody's, and the oldest give way. */
const attemptsAtMost = 5000

/** Sends a browser to an identity provider, and remembers in the store and in the browser that it did. */
export const beginSignIn =
  (deps: FlowDeps) =>
  async (asked: Beginning): Promise<Sent> => {
    const { starts } = deps.singleSignOn
    // Each costs a row and perhaps a call; whoever is behind a proxy that names nobody is not counted as everybody.
    if (starts.blocked(null, asked.address, asked.isProxy) > 0) return refused('sso_busy', 'too many from there')
    starts.failed(null, asked.address, asked.isProxy)
    const peer = await findPeer(deps, asked)
    if (!peer) return refused('sso_unknown', 'there is no such active identity provider')
    const round = { state: deps.newCode(), nonce: deps.newCode(), verifier: deps.newCode() }
    const { provider } = peer
    const to = await deps.singleSignOn.speaker.beginning(peer, redirectUriOf(deps, provider), round)
    if (!to.ok) return to
    // A tab that was begun before can still be finished.
    const browser = browserIn(asked.cookie) ?? deps.newCode()
    const [id, createdAt] = [deps.newId('sia'), deps.now()]
    const { organizationId } = provider
    await deps.transaction(organizationId, async (db) => {
      const verifier = new Secret(round.verifier, 'code verifier')
      const attempt: Attempt = {
        organizationId,
        id,
        providerId: provider.id,
        stateHash: hashOf(round.state),
        browserHash: hashOf(browser),
        nonce: round.nonce,
        verifierBlob: await deps.encryptText(db, organizationId, placeOfVerifier(id), verifier),
        returnTo: returnToOf(asked.returnTo),
        createdAt,
        expiresAt: createdAt + validMs,
      }
      await forgetAttempts(db, organizationId, createdAt, attemptsAtMost - 1)
      await insertAttempt(db, organizationId, attempt)
    })
    return { ok: true, location: to.value.href, cookies: [browserLine(browser)] }
  }

const refused = (error: SingleSignOnError, why: string): Sent => ({ ok: false, error, why })

async function findPeer(deps: FlowDeps, { organization, slug }: Beginning) {
  const found = await deps.system.read((db) => findOrganization(db, organization))
  if (!found) return null
  return deps.read(found.id, async (db) => {
    const provider = await findProvider(db, found.id, slug)
    return provider?.state === 'active' ? { ...(await peerOf(deps, db, provider)), provider } : null
  })
}

/** It belongs to one sign-in and to no project, so to no environment. */
export const placeOfVerifier = (attemptId: string): SealedPlace => ({
  purpose: 'sign-in',
  subject: attemptId,
  version: 1,
  environment: '',
})
