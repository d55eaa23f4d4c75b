import { calcPrice, findProvider, type ModelInfo } from '@pydantic/genai-prices'
import manifest from '../../../package.json' with { type: 'json' }
import type { ListedProvider, PriceSource } from './list.ts'

const name = '@pydantic/genai-prices'

/** The package as it was installed. It can fetch a newer list, but only where it is told to, which nobody does. */
export const packageSource: PriceSource = {
  name: `${name} ${manifest.dependencies[name]}`,
  provider: (id) => listedOf(findProvider({ providerId: id })),
  providerAt: (baseUrl) => listedOf(findProvider({ providerApiUrl: baseUrl })),
  // It alone knows which spelling of a name means which of its models, and whose models another one resells.
  model: (providerId, model) => calcPrice({ input_tokens: 1 }, model, { providerId })?.model ?? null,
}

const listedOf = (found: { readonly id: string; readonly models: ModelInfo[] } | undefined): ListedProvider | null =>
  found === undefined ? null : { id: found.id, models: found.models }
