import type {
  Dialect,
  NewProvider,
  Preset,
  ProviderAuth,
  ProviderPatch,
  ProviderView,
} from '../../src/providers/schema.ts'
import { noTimes, type Times, timesOf, writtenTimes } from '../upstreams/times.ts'

/** A provider as somebody writes it down. Its credential is kept nowhere else. */
export type ProviderDraft = {
  /** Null: none of those that are known. */
  readonly preset: Preset | null
  readonly name: string
  readonly slug: string
  readonly dialect: Dialect
  readonly baseUrl: string
  /** Null: what is usual there. */
  readonly auth: ProviderAuth | null
  readonly credential: string
  readonly models: readonly string[]
  readonly retries: number | ''
  readonly times: Times
  readonly project: string | null
  readonly joins: 'standard' | 'none' | 'chosen'
  readonly catalogs: readonly string[]
}

export const emptyDraft: ProviderDraft = {
  preset: 'openai',
  name: '',
  slug: '',
  dialect: 'openai',
  baseUrl: '',
  auth: null,
  credential: '',
  models: [],
  retries: '',
  times: noTimes,
  project: null,
  joins: 'standard',
  catalogs: [],
}

export const draftOf = (provider: ProviderView): ProviderDraft => {
  const { preset, name, slug, dialect, baseUrl, auth, retries, timeouts } = provider
  return { ...emptyDraft, preset, name, slug, dialect, baseUrl, auth, retries, times: timesOf(timeouts) }
}

export function newProviderOf(draft: ProviderDraft): NewProvider {
  const { preset, name, slug, dialect, baseUrl, auth, credential, models, retries, project, joins, catalogs } = draft
  const timeouts = writtenTimes(draft.times)
  return {
    slug: slug.trim(),
    ...(preset === null ? { dialect } : { preset }),
    ...(name.trim() === '' ? {} : { name: name.trim() }),
    ...(baseUrl.trim() === '' ? {} : { baseUrl: baseUrl.trim() }),
    ...(auth === null ? {} : { auth }),
    ...(credential === '' ? {} : { credential: { value: credential } }),
    ...(models.length === 0 ? {} : { models: models.map((id) => ({ id })) }),
    ...(retries === '' ? {} : { retries }),
    ...(Object.keys(timeouts).length === 0 ? {} : { timeouts }),
    ...(project === null ? {} : { project }),
    ...(joins === 'standard' ? {} : { catalogs: joins === 'none' ? [] : [...catalogs] }),
  }
}

/** Only what somebody has changed. */
export function patchOf(draft: ProviderDraft, before: ProviderView): ProviderPatch {
  const { name, slug, baseUrl, auth, credential, retries, times } = draft
  return {
    ...(name.trim() === before.name ? {} : { name: name.trim() || null }),
    ...(slug.trim() === before.slug ? {} : { slug: slug.trim() }),
    ...(baseUrl.trim() === before.baseUrl ? {} : { baseUrl: baseUrl.trim() }),
    ...(auth === before.auth ? {} : { auth }),
    ...(credential === '' ? {} : { credential: { value: credential } }),
    ...(retries === before.retries ? {} : { retries: retries === '' ? null : retries }),
    ...(JSON.stringify(times) === JSON.stringify(timesOf(before.timeouts)) ? {} : { timeouts: writtenTimes(times) }),
  }
}
