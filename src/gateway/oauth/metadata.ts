import { grantTypes } from './asked.ts'

/** What a well-known path asks for (paths.ts); `of`: the path of the resource, empty for the gateway as a whole. */
export type Document = { readonly kind: 'resource'; readonly of: string } | { readonly kind: 'server' }

/**
 * RFC 9728 and RFC 8414. Nothing in it depends on what there is: whoever has no key learns of no server, and whoever
 * makes up a path is answered like everybody else.
 */
export const metadataOf = (document: Document, base: string): object =>
  document.kind === 'server' ? authorizationServer(base) : protectedResource(document.of, base)

const protectedResource = (path: string, base: string): object => {
  const [, server] = /^\/mcp-connect\/([^/]+)$/.exec(path) ?? []
  return {
    resource: base + path,
    authorization_servers: [base],
    // Clients ask for all that stands here, so it stands only where the path says what one may want.
    ...(server === undefined ? {} : { scopes_supported: [`mcp:${server}`] }),
    bearer_methods_supported: ['header'],
  }
}

/**
 * Nobody signs in here, so no response type is supported, and a client that would open a browser says so instead. There is
 * an address for it all the same: the official MCP SDKs take no metadata without one, not for machines either.
 */
const authorizationServer = (base: string): object => ({
  issuer: base,
  authorization_endpoint: `${base}/oauth/authorize`,
  token_endpoint: `${base}/oauth/token`,
  grant_types_supported: grantTypes,
  token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
  response_types_supported: [],
})
