import type { FlowDeps } from './begin.ts'
import { peerOf } from './peer.ts'
import { findProvider } from './store.ts'

/** OpenID Connect RP-Initiated Logout: where the browser goes to sign out over there as well; null: nowhere. */
export const endSessionUrlOf =
  (deps: Pick<FlowDeps, 'read' | 'decryptText' | 'singleSignOn' | 'controlUrl'>) =>
  async (organizationId: string, identityProviderId: string): Promise<string | null> => {
    const peer = await deps.read(organizationId, async (db) => {
      const provider = await findProvider(db, organizationId, identityProviderId)
      return provider && peerOf(deps, db, provider)
    })
    return peer && deps.singleSignOn.speaker.leaving(peer, `${deps.controlUrl()}/sign-in`)
  }
