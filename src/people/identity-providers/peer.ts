import type { Db } from '../../db/database.ts'
import type { ProviderDeps } from './create.ts'
import type { Peer } from './speak.ts'
import type { IdentityProvider } from './store.ts'
import { placeOfSecret } from './view.ts'

/** What it takes to speak to it; the call itself comes after the unit of work. */
export async function peerOf(
  deps: Pick<ProviderDeps, 'decryptText' | 'singleSignOn'>,
  db: Db,
  provider: IdentityProvider,
): Promise<Peer> {
  const { organizationId, id, clientSecretBlob: blob } = provider
  const secret = blob === null ? null : await deps.decryptText(db, organizationId, placeOfSecret(id), blob)
  return { provider, secret, reach: await deps.singleSignOn.reachOf(db, organizationId) }
}
