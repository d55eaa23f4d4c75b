import type { Json } from './members-read.ts'

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

const byProvider = ['web_search_options', 'search_parameters', 'plugins', 'mcp_servers', 'container'] as const

/** Anthropic's tools of the client have no type, or `custom`. */
const isOfClient = ({ type, name }: Json): boolean =>
  type === undefined ? typeof name === 'string' : typeof type === 'string' && ofClient.test(type)

/** What the provider keeps and reads again, however short the body is. */
export const hidesInput = (body: Json): boolean =>
  isGiven(body['previous_response_id']) || isGiven(body['conversation']) || isGiven(body['prompt'])

const isGiven = (value: unknown): boolean => value !== undefined && value !== null && !isEmptyList(value)
const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
