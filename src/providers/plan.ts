import { problemOfUrl } from '../http/upstream-url.ts'
import { ok, type Result } from '../problems.ts'
import { normalBaseUrl, problemOfBaseUrl } from './base-url.ts'
import { invalid } from './deps.ts'
import { presets } from './presets.data.ts'
import type { Dialect, NewProvider, Preset, ProviderAuth } from './schema.ts'

export type PlannedPlace = {
  readonly preset: Preset | null
  readonly dialect: Dialect
  readonly baseUrl: string
  readonly auth: ProviderAuth
}

/** Where a new provider is and how it is spoken with: what is given, else what its preset says. */
export function planPlace(input: NewProvider): Result<PlannedPlace> {
  const preset = input.preset ?? null
  const known = preset === null ? null : presets[preset]
  const dialect = input.dialect ?? known?.dialect
  if (dialect === undefined) return invalid('/dialect', 'is needed: openai or anthropic, or give a preset')
  if (known !== null && known.dialect !== dialect)
    return invalid('/dialect', `is ${known.dialect} with the preset ${preset}: leave it out, or leave the preset out`)
  const given = input.baseUrl ?? known?.baseUrl ?? null
  if (given === null) {
    const why = preset === 'azure-openai' ? 'such as https://NAME.openai.azure.com' : 'or give a preset'
    return invalid('/baseUrl', `is needed: the address of its API, ${why}`)
  }
  const baseUrl = planBaseUrl(given, dialect, preset)
  if (!baseUrl.ok) return baseUrl
  const auth = input.auth ?? known?.auth ?? defaultAuth(dialect)
  return ok({ preset, dialect, baseUrl: baseUrl.value, auth })
}

export const defaultAuth = (dialect: Dialect): ProviderAuth => (dialect === 'anthropic' ? 'x-api-key' : 'bearer')

export function planBaseUrl(text: string, dialect: Dialect, preset: Preset | null): Result<string> {
  const problem = problemOfUrl(text) ?? problemOfBaseUrl(text)
  return problem === null ? ok(normalBaseUrl(text, dialect, preset)) : invalid('/baseUrl', problem)
}
