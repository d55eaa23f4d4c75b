import { z } from 'zod'
import { isVaultError, vaultError } from '../../credentials/cipher.ts'
import { latestVersion } from '../../credentials/store.ts'
import { knownForm } from '../../http/lists.ts'
import type { Actor } from '../../people/schema.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { Secret } from '../../secret.ts'
import { normalBaseUrl } from '../base-url.ts'
import type { ProviderDeps } from '../deps.ts'
import type { ProviderAuth } from '../schema.ts'
import { findProvider, type Health, type Provider, writeHealth } from '../store.ts'
import type { Got } from './get.ts'

/** Nothing else: what is looked at is the provider as it was saved, never an address of this body. */
export const TestInput = z.strictObject({
  /** Milliseconds until it has answered. */
  waitMs: z.int().min(100).max(30_000).default(10_000),
})

export const TestResult = z.strictObject({
  /** Who looked: gateways may stand in another network. */
  from: z.literal('control'),
  /** `refused`: it answers, but not to this credential or address. */
  state: z.enum(['ready', 'refused', 'unreachable']),
  status: z.int().nullable(),
  lastError: z.string().optional(),
  /** Models that it lists; null: it says none. */
  models: z.array(z.string()).nullable(),
  /** Models of the catalog that it does not list. */
  missing: z.array(z.string()),
})
export type TestResult = z.infer<typeof TestResult>

type Deps = Pick<ProviderDeps, 'read' | 'transaction' | 'vault' | 'reachOf' | 'get' | 'now'>
type Tested = { readonly provider: Provider; readonly result: TestResult }

/** Asks a saved provider for the list of its models, with its credential, and keeps how it answered. */
export const testProvider =
  (deps: Deps) =>
  async (actor: Actor, idOrSlug: string, waitMs: number): Promise<Result<Tested>> => {
    const { organizationId } = actor
    const found = await deps
      .read(organizationId, async (db) => {
        const provider = await findProvider(db, organizationId, knownForm(idOrSlug))
        if (!provider) return null
        const { credentialId } = provider
        const version = credentialId === null ? null : await latestVersion(db, organizationId, credentialId)
        if (credentialId !== null && version === null) throw vaultError(`credential ${credentialId}`)
        const secret =
          credentialId === null || version === null
            ? null
            : await deps.vault.openVersion(db, organizationId, credentialId, version)
        return { provider, secret, reach: await deps.reachOf(db, organizationId) }
      })
      .catch((error: unknown) => {
        if (!isVaultError(error)) throw error
        return 'closed' as const
      })
    if (found === null) return refuse('not_found')
    if (found === 'closed') return refuse('invalid', { detail: 'Its credential cannot be opened: set it again.' })
    const { provider, secret, reach } = found
    const { dialect, preset, auth } = provider
    const url = `${normalBaseUrl(provider.baseUrl, dialect, preset)}/models${dialect === 'anthropic' ? '?limit=1000' : ''}`
    const headers = {
      ...headerOf(auth, secret),
      ...(dialect === 'anthropic' ? { 'anthropic-version': '2023-06-01' } : {}),
    }
    const result = resultOf(provider, await deps.get({ url, headers, reach, timeoutMs: waitMs }))
    const { state, lastError = null } = result
    const health: Health = { revision: provider.revision, state, checkedAt: deps.now(), lastError }
    await deps.transaction(organizationId, (db) => writeHealth(db, organizationId, provider.id, health))
    return ok({ provider: { ...provider, health }, result })
  }

const headerOf = (auth: ProviderAuth, secret: Secret | null): Record<string, string> => {
  if (secret === null) return {}
  return auth === 'bearer' ? { authorization: `Bearer ${secret.reveal()}` } : { [auth]: secret.reveal() }
}

/** Never a word of its answer but names of models: an address could be anything that answers from inside. */
function resultOf({ models: catalog }: Provider, got: Got): TestResult {
  const none = { from: 'control' as const, models: null, missing: [] }
  if ('error' in got) return { ...none, state: 'unreachable', status: null, lastError: got.error }
  const { status } = got
  if (status === 401 || status === 403)
    return { ...none, state: 'refused', status, lastError: `It refuses the credential (${status}).` }
  if (status !== 200)
    return {
      ...none,
      state: status >= 500 ? 'unreachable' : 'refused',
      status,
      lastError: `It answers ${status} where its list of models should be: check the address.`,
    }
  const models = modelsIn(got.text)
  if (models === null)
    return { ...none, state: 'refused', status, lastError: 'Its answer is no list of models: check the address.' }
  const listed = new Set(models)
  const missing = catalog.map(({ id }) => id).filter((id) => !listed.has(id) && !listed.has(`models/${id}`))
  return { from: 'control', state: 'ready', status, models, missing }
}

const Named = z.looseObject({ id: z.string().max(256) })
/** Most have the list in `data`; Together answers the list itself. */
const Listing = z.union([z.array(Named), z.looseObject({ data: z.array(Named) }).transform(({ data }) => data)])

function modelsIn(text: string): string[] | null {
  try {
    const listing = Listing.safeParse(JSON.parse(text))
    return listing.success ? listing.data.slice(0, 2000).map(({ id }) => id) : null
  } catch {
    return null
  }
}
