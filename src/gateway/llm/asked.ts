import { ok, type Result } from '../../problems.ts'
import { invalidAt, type Json } from './members-read.ts'

/** What a body asks for that changes what it may cost. In doubt it is asked for. */

/** Tokens that nobody sees, so nobody could stop them. */
export function asksToThink(body: Json): boolean {
  const { reasoning, reasoning_effort: effort, thinking } = body
  if (isGiven(effort) && effort !== 'none') return true
  if (isGiven(reasoning) && !(isObject(reasoning) && reasoning['effort'] === 'none')) return true
  if (isGiven(thinking) && !(isObject(thinking) && thinking['type'] === 'disabled')) return true
  return isGiven(body['enable_thinking']) || isGiven(body['chat_template_kwargs'])
}

export function hasOtherOutput({ modalities, audio }: Json): boolean {
  if (isGiven(audio)) return true
  return isGiven(modalities) && !(Array.isArray(modalities) && modalities.every((each) => each === 'text'))
}

/** Tools that the client runs itself; every other one may be run by the provider. */
const ofClient = /^(?:function|custom|(?:bash|text_editor|computer|memory)_\d{8})$/

export function hasProviderTools(body: Json): boolean {
  const { tools } = body
  for (const name of byProvider) if (isGiven(body[name])) return true
  if (!isGiven(tools)) return false
  return !Array.isArray(tools) || tools.some((tool: unknown) => !isObject(tool) || !isOfClient(tool))
}

const byProvider = [
  'web_search_options',
  'search_parameters',
  'plugins',
  'mcp_servers',
  'container',
  // They read the conversation once more.
  'compaction',
  'context_management',
] as const

/** Anthropic's tools of the client have no type, or `custom`. */
const isOfClient = ({ type, name }: Json): boolean =>
  type === undefined ? typeof name === 'string' : typeof type === 'string' && ofClient.test(type)

/** What the provider keeps and reads again, however short the body is. */
export const hidesInput = (body: Json): boolean =>
  ['previous_response_id', 'conversation', 'prompt', 'thread'].some((name) => isGiven(body[name]))

/** By which a provider would answer with another model than the one that was decided on and that is paid for. */
const ofOtherModels = ['fallbacks', 'models', 'fallback_models', 'route'] as const

/** Names of models in tools: an advisor, an author of pictures. Refused is what leaves the choice to the provider. */
export function otherModelsOf(body: Json): Result<readonly string[]> {
  for (const name of ofOtherModels) if (isGiven(body[name])) return invalidAt(name, elsewhere)
  const { tools } = body
  if (!Array.isArray(tools)) return ok([])
  const names = tools.flatMap((tool: unknown) => (isObject(tool) && tool['type'] !== 'function' ? modelsIn(tool) : []))
  return ok([...new Set(names)])
}

const elsewhere = 'must be left out: which models may answer instead is set where the provider is registered'

const modelsIn = (tool: Json): string[] =>
  Object.entries(tool).flatMap(([name, value]) => {
    if (name === 'model' && typeof value === 'string') return [value]
    return name !== 'input_schema' && isObject(value) ? modelsIn(value) : []
  })

/** What costs as much as it says, whatever is asked for here. */
const usual: Readonly<Record<string, readonly unknown[]>> = {
  service_tier: ['auto', 'default', 'standard', 'standard_only', 'flex'],
  speed: ['standard'],
  inference_geo: ['global', 'not_available'],
}

/** The member that asks for a service at another price; null: none does. */
export const pricedBy = (body: Json): string | null =>
  Object.keys(usual).find((name) => isGiven(body[name]) && !usual[name]?.includes(body[name])) ?? null

const isGiven = (value: unknown): boolean => value !== undefined && value !== null && !isEmptyList(value)
const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
