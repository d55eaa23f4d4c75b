import { ok, type Result, refuse } from '../../problems.ts'
import type { Actor } from '../schema.ts'
import { findTeams } from '../teams/store.ts'
import type { ProviderDeps } from './create.ts'
import { peerOf } from './peer.ts'
import type { ProviderLook } from './schema.ts'
import { findProvider } from './store.ts'

/** Asks it what it says of itself, as a sign-in would, and whether the rules about it lead anywhere. */
export const lookAtProvider =
  (deps: Pick<ProviderDeps, 'read' | 'decryptText' | 'singleSignOn'>) =>
  async ({ organizationId }: Actor, idOrSlug: string): Promise<Result<ProviderLook>> => {
    const found = await deps.read(organizationId, async (db) => {
      const provider = await findProvider(db, organizationId, idOrSlug)
      if (!provider) return null
      const names = [...new Set(provider.settings.groups.flatMap(({ team }) => team ?? []))]
      const teams = await findTeams(db, organizationId, names)
      return { peer: await peerOf(deps, db, provider), missingTeams: names.filter((name) => !teams.has(name)) }
    })
    if (!found) return refuse('not_found')
    const { peer, missingTeams } = found
    const seen = await deps.singleSignOn.speaker.look(peer)
    if (!seen.ok) return ok({ ...nothing, detail: `There was no usable answer: ${seen.why}`, missingTeams })
    const metadata = seen.value
    return ok({
      works: true,
      detail: 'It answers as an identity provider. Whether it knows the client shows with the first sign-in.',
      authorizationEndpoint: metadata.authorization_endpoint ?? null,
      tokenEndpoint: metadata.token_endpoint ?? null,
      endsSessions: metadata.end_session_endpoint !== undefined,
      namesItself: metadata.authorization_response_iss_parameter_supported === true,
      takesPkce: metadata.code_challenge_methods_supported?.includes('S256') ?? false,
      missingTeams,
    })
  }

const nothing = {
  works: false,
  authorizationEndpoint: null,
  tokenEndpoint: null,
  endsSessions: false,
  namesItself: false,
  takesPkce: false,
}
