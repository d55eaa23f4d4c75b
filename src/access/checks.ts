import { app, catalog, choice, model, project, target, tool } from './called.ts'
import type { Check } from './check.ts'
import { address, child, environment, gateway, kind, network, owner, standing } from './door.ts'

/** Every check, in order; the first that refuses names the reason. A new right is a new line here. */
export const checks: readonly Check[] = [
  {
    name: 'standing',
    codes: ['key_inactive', 'key_expired', 'key_revoked'],
    asks: 'Is the key active and not expired?',
    atTheDoor: true,
    refuses: standing,
  },
  {
    name: 'child',
    codes: ['key_expired', 'key_revoked'],
    asks: 'If a child token asks: is it not over, and is what it was made of still good?',
    atTheDoor: true,
    refuses: child,
  },
  {
    name: 'owner',
    codes: ['key_inactive', 'key_revoked'],
    asks: 'Is its owner still there, and is it the one key of its app?',
    atTheDoor: true,
    refuses: owner,
  },
  {
    name: 'gateway',
    codes: ['gateway_not_allowed'],
    asks: 'May it use this gateway?',
    atTheDoor: true,
    refuses: gateway,
  },
  {
    name: 'address',
    codes: ['address_not_allowed'],
    asks: 'May it, its child token, and any key of its organization and tiers be used from this address?',
    atTheDoor: true,
    refuses: address,
  },
  {
    name: 'network',
    codes: ['address_not_allowed'],
    asks: 'If it belongs to one network, does the call come from there?',
    atTheDoor: true,
    refuses: network,
  },
  {
    name: 'environment',
    codes: ['environment_mixed'],
    asks: 'Are its projects of one tier, or may they be mixed?',
    refuses: environment,
  },
  {
    name: 'kind',
    codes: ['mcp_disabled', 'llm_disabled'],
    asks: 'Is MCP, or LLM, switched on for it, and left on for its child token?',
    refuses: kind,
  },
  {
    name: 'target',
    codes: ['server_not_allowed', 'provider_not_allowed'],
    asks: 'Is there such a server or provider?',
    refuses: target,
  },
  {
    name: 'project',
    codes: ['server_not_allowed', 'provider_not_allowed'],
    asks: 'Is it in one of the projects of the key?',
    refuses: project,
  },
  {
    name: 'choice',
    codes: ['server_not_allowed', 'provider_not_allowed'],
    asks: 'Do the choices of the key and its child token admit it?',
    refuses: choice,
  },
  {
    name: 'app',
    codes: ['server_not_allowed'],
    asks: 'Does the app of the key have tools there?',
    refuses: app,
  },
  {
    name: 'catalog',
    codes: ['server_not_allowed', 'provider_not_allowed'],
    asks: 'Is it in a catalog that reaches the owner, now?',
    refuses: catalog,
  },
  {
    name: 'tool',
    codes: ['tool_not_allowed'],
    asks: 'Do the choices of the key, its app and its child token admit the tool? Where they leave any out, is the method one that leads to none?',
    refuses: tool,
  },
  {
    name: 'model',
    codes: ['model_not_allowed'],
    asks: 'Is there such a model, and do the choices of the key and its child token admit it?',
    refuses: model,
  },
]
