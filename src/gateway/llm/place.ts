/** Routes of LLM dialects. */
export type LlmRoute =
  | 'chat-completions'
  | 'responses'
  | 'embeddings'
  | 'models'
  | 'messages'
  | 'count-tokens'
  | 'anthropic-models'
export type LlmPlace = {
  readonly kind: 'llm'
  readonly route: LlmRoute
  readonly dialect: 'openai' | 'anthropic'
  /** Of `…/models/{model}`, as the caller wrote it; may hold slashes. */
  readonly model: string | null
}

const routes: Readonly<Record<string, Omit<LlmPlace, 'kind' | 'model'>>> = {
  '/v1/chat/completions': { route: 'chat-completions', dialect: 'openai' },
  '/v1/responses': { route: 'responses', dialect: 'openai' },
  '/v1/embeddings': { route: 'embeddings', dialect: 'openai' },
  '/v1/models': { route: 'models', dialect: 'openai' },
  '/anthropic/v1/messages': { route: 'messages', dialect: 'anthropic' },
  '/anthropic/v1/messages/count_tokens': { route: 'count-tokens', dialect: 'anthropic' },
  '/anthropic/v1/models': { route: 'anthropic-models', dialect: 'anthropic' },
}

export function llmPlaceOf(path: string): LlmPlace | null {
  const known = Object.hasOwn(routes, path) ? routes[path] : undefined
  if (known) return { kind: 'llm', ...known, model: null }
  for (const prefix of ['/v1/models/', '/anthropic/v1/models/']) {
    const list = routes[prefix.slice(0, -1)]
    if (list && path.startsWith(prefix) && path.length > prefix.length)
      return { kind: 'llm', ...list, model: path.slice(prefix.length) }
  }
  return null
}

/** Name of the route, as logs say it. */
export const llmRouteOf = ({ route, model }: LlmPlace): string => {
  const path = Object.keys(routes).find((each) => routes[each]?.route === route) ?? ''
  return model === null ? path : `${path}/{model}`
}
