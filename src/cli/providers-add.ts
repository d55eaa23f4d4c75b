import { Dialect, NewProvider, Preset, ProviderAuth } from '../providers/schema.ts'
import { usage } from './control.ts'
import { type CredentialOptions, credentialGiven } from './credential.ts'
import type { Exit } from './exit.ts'
import { inputOf, names, present, sentences } from './input.ts'
import { wholeNumber } from './key-options.ts'
import { makeOne } from './make-one.ts'
import { asTyped } from './perform.ts'
import type { Style } from './print.ts'
import { providers } from './provider-facts.ts'
import { type TimeOptions, timesIn } from './server-times.ts'
import type { Terminal } from './terminal.ts'
import { byComma, type Given } from './values.ts'

/** How it is called, beside where. */
export type ProviderWays = TimeOptions & { readonly auth?: string; readonly retries?: string }

export type ProvidersAddOptions = Style &
  CredentialOptions &
  ProviderWays & {
    readonly url?: string
    readonly preset?: string
    readonly dialect?: string
    readonly name?: string
    readonly project?: string
    readonly models?: string
    readonly catalogs?: string
  }

export const providersAdd = async (terminal: Terminal, slug: string, options: ProvidersAddOptions): Promise<Exit> =>
  makeOne(terminal, { resource: providers }, await newProvider(terminal, slug, options), asTyped, options)

async function newProvider(
  terminal: Terminal,
  slug: string,
  options: ProvidersAddOptions,
): Promise<Given<NewProvider>> {
  const { url: baseUrl, preset, dialect, name, project } = options
  if (preset === undefined && (baseUrl === undefined || dialect === undefined))
    return usage('Give --preset, or --url and --dialect.')
  const models = modelIds(options.models)
  if (!models.ok) return models
  const catalogs = names('--catalogs', options.catalogs)
  if (!catalogs.ok) return catalogs
  const ways = waysIn(options)
  if (!ways.ok) return ways
  const value = await credentialGiven(terminal, options)
  if (!value.ok) return value
  const fields = {
    ...{ slug, name, project, preset, dialect, baseUrl, catalogs: catalogs.value, ...ways.value },
    models: models.value?.map((id) => ({ id })),
    credential: value.value === null ? undefined : { value: value.value },
  }
  return inputOf(NewProvider, fields, { ...providerSentences(options), slug: sentences.slug('The <slug>') })
}

export function waysIn(options: ProviderWays): Given<object> {
  const timeouts = timesIn(options)
  if (!timeouts.ok) return timeouts
  const retries = wholeNumber(options.retries, wrongRetries)
  if (!retries.ok) return retries
  return {
    ok: true,
    value: present({ auth: options.auth, retries: retries.value, timeouts: timeouts.value ?? undefined }),
  }
}
const wrongRetries = '--retries must be a whole number from 0 to 5.'

/** By the id that its provider gives it. */
export function modelIds(text: string | undefined): Given<string[] | undefined> {
  if (text === undefined) return { ok: true, value: undefined }
  if (text === 'none') return { ok: true, value: [] }
  const ids = byComma(text)
  return ids.length === 0 ? usage(wrongModels) : { ok: true, value: [...new Set(ids)] }
}
const wrongModels = '--models must be ids of models by comma, or none.'

export const providerSentences = ({
  url = '',
  dialect,
  preset,
  auth,
}: Pick<ProvidersAddOptions, 'url' | 'dialect' | 'preset' | 'auth'>) => ({
  preset: `--preset must be one of ${Preset.options.join(', ')}, not "${preset}".`,
  auth: `--auth must be one of ${ProviderAuth.options.join(', ')}, not "${auth}".`,
  retries: wrongRetries,
  slug: sentences.slug('--slug'),
  name: sentences.name('--name'),
  project: '--project must be the slug or id of a project.',
  dialect: `--dialect must be ${Dialect.options.join(' or ')}, not "${dialect}".`,
  // With an @ it may hold a password.
  baseUrl: `--url must be an address that begins with http:// or https://${url.includes('@') ? '' : `, not "${url}"`}.`,
  models: wrongModels,
  credential: 'The credential must be 1 to 8192 characters.',
})
