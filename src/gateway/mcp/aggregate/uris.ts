/**
 * URIs of many servers at one address. The server goes into the scheme, which stays one (RFC 3986 §3.1: letters, digits,
 * plus, minus, dot): `test://a/b` of `s` is `mcp.s+test://a/b`. MCP Apps want the scheme `ui` for what they show, so there
 * it goes into the place of the host: `ui://x` is `ui://mcp.s/x`. Templates the same way.
 */
const app = 'ui://'

/** Whatever the text is: servers name resources as they like. */
export const uriFor = (slug: string, uri: string): string =>
  uri.startsWith(app) ? `${app}mcp.${slug}/${uri.slice(app.length)}` : `mcp.${slug}+${uri}`

export type Place = { readonly slug: string; readonly uri: string }

/** The server and what it calls it; the outermost prefix only. Null: it is none of ours. */
export function splitUri(uri: string): Place | null {
  const [, slug = '', rest = ''] = inScheme.exec(uri) ?? []
  if (slug !== '') return rest.startsWith(app) ? null : { slug, uri: rest }
  const [, host = '', path = ''] = inHost.exec(uri) ?? []
  return host === '' ? null : { slug: host, uri: app + path }
}

const inScheme = /^mcp\.([a-z0-9-]+)\+(.*)$/s
const inHost = /^ui:\/\/mcp\.([a-z0-9-]+)\/(.*)$/s
