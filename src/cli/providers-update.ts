import { ProviderPatch } from '../providers/schema.ts'
import { type Change, type ChangeOptions, changeOne } from './change-one.ts'
import { usage } from './control.ts'
import { type CredentialOptions, credentialGiven } from './credential.ts'
import type { Exit } from './exit.ts'
import { inputOf, present } from './input.ts'
import { asTyped } from './perform.ts'
import { type ProviderFields, providers } from './provider-facts.ts'
import { modelIds, type ProviderWays, providerSentences, waysIn } from './providers-add.ts'
import type { Terminal } from './terminal.ts'
import type { Given } from './values.ts'

export type ProvidersUpdateOptions = ChangeOptions &
  CredentialOptions &
  ProviderWays & {
    readonly name?: string
    readonly slug?: string
    readonly url?: string
    readonly models?: string
    /** False: it goes. */
    readonly credential?: boolean
  }

export const providersUpdate = async (terminal: Terminal, id: string, options: ProvidersUpdateOptions): Promise<Exit> =>
  changeOne(terminal, { resource: providers, id }, await changesIn(terminal, options), asTyped, options)

/** A model that stays keeps its aliases and its price; times that are not named are the usual ones again. */
async function changesIn(terminal: Terminal, options: ProvidersUpdateOptions): Promise<Given<Change<ProviderFields>>> {
  const { name, slug, url: baseUrl } = options
  const models = modelIds(options.models)
  if (!models.ok) return models
  const credential = await credentialIn(terminal, options)
  if (!credential.ok) return credential
  const ways = waysIn(options)
  if (!ways.ok) return ways
  const fields = present({ name, slug, baseUrl, credential: credential.value, ...ways.value })
  if (models.value === undefined && Object.keys(fields).length === 0)
    return usage('Nothing to change was given; --help names what can be.')
  const patch = inputOf(ProviderPatch, fields, providerSentences(options))
  const ids = models.value
  if (!patch.ok || ids === undefined) return patch
  const change: Change<ProviderFields> = ({ item }) => {
    const after = ids.map((id) => item.models.find((model) => model.id === id) ?? { id })
    return { ok: true, value: { ...patch.value, models: after } }
  }
  return { ok: true, value: change }
}

async function credentialIn(terminal: Terminal, options: ProvidersUpdateOptions) {
  const given = await credentialGiven(terminal, options)
  if (!given.ok) return given
  if (options.credential !== false)
    return { ok: true as const, value: given.value === null ? undefined : { value: given.value } }
  return given.value === null
    ? { ok: true as const, value: null }
    : usage('--no-credential takes it away; it does not go with a new one.')
}
