const newToken = 'Ask for another one: ostiary children create {keyId}.'
const widerToken = 'Use a token that is cut less, or the key itself: ostiary children create {keyId}.'

/**
 * Each refusal in words with the way out, by code and rule. In braces: key, keyId, child, owner, app, server, provider,
 * tool, model, address, gateway.
 */
export const reasons: Readonly<Record<string, { readonly says: string; readonly wayOut: string }>> = {
  'key_inactive key.state': {
    says: 'The key {key} is switched off.',
    wayOut: 'Switch it on again: ostiary keys resume {keyId}.',
  },
  'key_expired key.state': {
    says: 'The key {key} has expired.',
    wayOut: 'Give it a later end: ostiary keys update {keyId} --expires <when>.',
  },
  'key_revoked key.state': {
    says: 'The key {key} has been revoked, which is final.',
    wayOut: 'Make another key with the same settings: ostiary keys replace {keyId}.',
  },
  'key_revoked key.honey': {
    says: 'The key {key} is a decoy: whoever calls with it is refused, and raises an alarm.',
    wayOut: 'Make a key that is for use: ostiary keys create.',
  },
  'key_revoked child.revokedAt': {
    says: 'The token {child}, or one that it was made of, has been revoked.',
    wayOut: newToken,
  },
  'key_revoked child.epoch': {
    says: 'A secret of the key {key} was cut at once after the token {child} was made, and every token with it.',
    wayOut: newToken,
  },
  'key_revoked child.version': {
    says: 'The secret of the key {key} that asked for the token {child} has been rotated out.',
    wayOut: 'Ask for another one with the secret that it has now: ostiary children create {keyId}.',
  },
  'key_expired child.expiresAt': {
    says: 'The token {child} is over.',
    wayOut: newToken,
  },
  'key_inactive key.owner': {
    says: 'Nobody stands behind the key {key} any more: {owner} is gone.',
    wayOut: 'Hand it to somebody who is there, with a new secret: ostiary members transfer <member> --to <heir>.',
  },
  'key_revoked app.key': {
    says: 'The key {key} is not the one key of {owner}: another one took its place, or none.',
    wayOut: 'Use the key of the app, or give it a new secret: ostiary apps regenerate-key.',
  },
  'gateway_not_allowed key.gateways': {
    says: 'The key {key} may not be used on the gateway {gateway}.',
    wayOut: 'Call a gateway that it admits, or change its gateways: ostiary keys update {keyId} --gateways <gateways>.',
  },
  'address_not_allowed key.addresses': {
    says: 'The key {key} may not be used from the address {address}.',
    wayOut:
      'Call from an address on its list, or change the list: ostiary keys update {keyId} --addresses <addresses>.',
  },
  'address_not_allowed policies.addresses': {
    says: 'The policies of the organization let no key of these tiers be used from the address {address}.',
    wayOut:
      'Call from an address on their list, or ask an owner to change it: ostiary policies set --addresses <addresses>.',
  },
  'address_not_allowed child.addresses': {
    says: 'The token {child} may not be used from the address {address}.',
    wayOut: widerToken,
  },
  'address_not_allowed key.network': {
    says: 'The key {key} belongs to the network that it was first used from, and {address} is in another one.',
    wayOut: 'Call from there, or let it forget the network: switch pinNetwork off and on again.',
  },
  'environment_mixed key.projects': {
    says: 'The projects of the key {key} are of different tiers.',
    wayOut:
      'Leave it the projects of one tier: ostiary keys update {keyId} --projects <projects>. Where the policy allows it, a reason will do.',
  },
  'mcp_disabled key.mcp.enabled': {
    says: 'MCP is switched off for the key {key}.',
    wayOut: 'Switch it on by naming servers: ostiary keys update {keyId} --servers <servers>.',
  },
  'llm_disabled key.llm.enabled': {
    says: 'LLM is switched off for the key {key}.',
    wayOut: 'Switch it on by naming providers: ostiary keys update {keyId} --providers <providers>.',
  },
  'mcp_disabled child.mcp.enabled': { says: 'The token {child} is not for MCP.', wayOut: widerToken },
  'llm_disabled child.llm.enabled': { says: 'The token {child} is not for LLM.', wayOut: widerToken },
  'server_not_allowed server': {
    says: 'There is no server {server}.',
    wayOut: 'Check the name; an administrator registers servers: ostiary servers add.',
  },
  'provider_not_allowed provider': {
    says: 'There is no provider {provider}.',
    wayOut: 'Check the name; an administrator registers providers: ostiary providers add.',
  },
  'server_not_allowed key.projects': {
    says: 'The server {server} is in none of the projects of the key {key}.',
    wayOut: 'Add its project to the key: ostiary keys update {keyId} --projects <projects>.',
  },
  'provider_not_allowed key.projects': {
    says: 'The provider {provider} is in none of the projects of the key {key}.',
    wayOut: 'Add its project to the key: ostiary keys update {keyId} --projects <projects>.',
  },
  'server_not_allowed app.project': {
    says: 'The server {server} is not in the project of {owner}, which owns the key {key}.',
    wayOut: 'An app uses one project: make an app in the project of the server.',
  },
  'provider_not_allowed app.project': {
    says: 'The provider {provider} is not in the project of {owner}, which owns the key {key}.',
    wayOut: 'An app uses one project: make an app in the project of the provider.',
  },
  'server_not_allowed key.mcp.servers': {
    says: 'The servers of the key {key} do not admit {server}.',
    wayOut: 'Add it: ostiary keys update {keyId} --servers <servers>.',
  },
  'provider_not_allowed key.llm.providers': {
    says: 'The providers of the key {key} do not admit {provider}.',
    wayOut: 'Add it: ostiary keys update {keyId} --providers <providers>.',
  },
  'server_not_allowed child.mcp.servers': {
    says: 'The servers of the token {child} do not admit {server}.',
    wayOut: widerToken,
  },
  'provider_not_allowed child.llm.providers': {
    says: 'The providers of the token {child} do not admit {provider}.',
    wayOut: widerToken,
  },
  'server_not_allowed app.tools': {
    says: '{owner}, which owns the key {key}, has no tools of the server {server}.',
    wayOut: 'Give the app tools of this server: ostiary apps update --tools {server}=<tools>.',
  },
  'server_not_allowed owner.catalogs': {
    says: '{owner}, who owns the key {key}, may not use the server {server} now: it is in no catalog that reaches him.',
    wayOut:
      'An administrator adds the server to a catalog, or the owner to the audience of one: ostiary catalogs update.',
  },
  'provider_not_allowed owner.catalogs': {
    says: '{owner}, who owns the key {key}, may not use the provider {provider} now: it is in no catalog that reaches him.',
    wayOut:
      'An administrator adds the provider to a catalog, or the owner to the audience of one: ostiary catalogs update.',
  },
  'tool_not_allowed key.mcp.tools': {
    says: 'The tools of the key {key} for the server {server} do not admit {tool}.',
    wayOut: 'Change the choice of tools for this server: ostiary keys update {keyId} --tools {server}=<tools>.',
  },
  'tool_not_allowed app.tools': {
    says: 'The tools of {owner}, which owns the key {key}, do not admit {tool} of the server {server}.',
    wayOut: 'Change the tools of the app: ostiary apps update --tools {server}=<tools>.',
  },
  'tool_not_allowed child.mcp.tools': {
    says: 'The tools of the token {child} for the server {server} do not admit {tool}.',
    wayOut: widerToken,
  },
  'tool_not_allowed grant': {
    says: 'Of the server {server} the key {key} has some tools by a grant, and {tool} is not one of them.',
    wayOut: 'Ask for it: ostiary access-requests create --key {keyId} --tool {server}/<tool> --reason <text>.',
  },
  'model_not_allowed grant': {
    says: 'Of the provider {provider} the key {key} has some models by a grant, and {model} is not one of them.',
    wayOut: 'Ask for it: ostiary access-requests create --key {keyId} --model {provider}/<model> --reason <text>.',
  },
  'tool_not_allowed method': {
    says: 'The key {key} may not call every tool of the server {server}, so methods that could lead to the others are closed to it.',
    wayOut:
      'Open all tools of this server to the key, and to its app: ostiary keys update {keyId} --tools <server>=all.',
  },
  'model_not_allowed model': {
    says: 'The provider {provider} offers no model {model}.',
    wayOut: 'Check the name; an administrator changes what it offers: ostiary providers update.',
  },
  'model_not_allowed key.llm.models': {
    says: 'The models of the key {key} do not admit {model}.',
    wayOut: 'Change them: ostiary keys update {keyId} --models <models>.',
  },
  'model_not_allowed child.llm.models': {
    says: 'The models of the token {child} do not admit {model}.',
    wayOut: widerToken,
  },
}
