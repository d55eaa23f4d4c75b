import type { Payment } from './payment.ts'
import type { Read } from './reading/readers.ts'
import type { LlmRequest } from './request.ts'
import type { Route } from './resolve.ts'
import { type MaxMember, spliced } from './splice.ts'

/** The body as the provider gets it. Pure. */
export function bodyFor(
  { bytes, request }: Read,
  route: Route,
  payment: Pick<Payment, 'maxTokens' | 'asksForUsage'>,
): Buffer {
  const member = payment.maxTokens === null ? null : memberFor(request.route, route)
  return spliced(bytes, request, {
    model: route.model.id,
    asksForUsage: payment.asksForUsage && request.route === 'chat-completions' && request.isStream,
    maxTokens: member === null || payment.maxTokens === null ? null : { member, value: payment.maxTokens },
  })
}

/** Null: the route answers with as much as it does. */
function memberFor(of: LlmRequest['route'], { provider, model }: Route): MaxMember | null {
  switch (of) {
    case 'messages':
      return 'max_tokens'
    case 'responses':
      return 'max_output_tokens'
    case 'chat-completions':
      // OpenAI's models that reason refuse the older name; most who speak its dialect know no other.
      return model.reasoning === true || isOpenai(provider.baseUrl) ? 'max_completion_tokens' : 'max_tokens'
    default:
      return null
  }
}

const isOpenai = (baseUrl: string): boolean =>
  /^https:\/\/(?:api\.openai\.com|[^/]+\.azure\.com)(?:[:/]|$)/.test(baseUrl)
