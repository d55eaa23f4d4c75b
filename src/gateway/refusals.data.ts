import { type ProblemCode, problems } from '../problems.ts'

const ask = 'Ask its owner or an administrator, or see why: ostiary explain.'

/**
 * What a refused caller is told, one sentence a code: the same whether a thing does not exist or is not for him, so it
 * tells him the way out and nothing else.
 */
export const details: Partial<Record<ProblemCode, string>> = {
  key_inactive: `${problems.key_inactive.title}, or its owner is no longer there. Ask an administrator.`,
  key_revoked: `${problems.key_revoked.title}. Ask its owner or an administrator for a new one.`,
  key_expired: `${problems.key_expired.title}. Ask its owner or an administrator for a new one.`,
  gateway_not_allowed: `${problems.gateway_not_allowed.title}. Use one that it names. ${ask}`,
  address_not_allowed: `${problems.address_not_allowed.title}. ${ask}`,
  environment_mixed: `${problems.environment_mixed.title}. Remove projects from it, or make one key for each tier.`,
  mcp_disabled: `${problems.mcp_disabled.title}. ${ask}`,
  llm_disabled: `${problems.llm_disabled.title}. ${ask}`,
  server_not_allowed: `${problems.server_not_allowed.title}, or there is none of this name. ${ask}`,
  provider_not_allowed: `${problems.provider_not_allowed.title}, or there is none of this name. ${ask}`,
  model_not_allowed: `${problems.model_not_allowed.title}, or there is none of this name. ${ask}`,
  tool_not_allowed: `${problems.tool_not_allowed.title}, or there is none of this name. ${ask}`,
}
