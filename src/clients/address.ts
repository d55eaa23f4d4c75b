/** Where a client finds what it is told of, with the key left open where it stands in the path. */
export type Target = {
  /** `https://gateway.example`, without a path. */
  readonly origin: string
  /** Null: all servers of the key. */
  readonly slug: string | null
  readonly kind: 'key' | 'url'
}

/**
 * The address of a gateway as it may stand in somebody's settings, or null. A gateway reports its own: nothing that a
 * client or a shell could expand gets through.
 */
export function originOf(address: string): string | null {
  const url = URL.parse(address)
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) return null
  return /^[A-Za-z0-9.:[\]-]+$/.test(url.host) ? url.origin : null
}

/** `placeholder`: what stands for a URL key, as the client spells it. A header key is in no address. */
export const addressOf = ({ origin, slug, kind }: Target, placeholder: string): string => {
  const [before, after] = aroundKey({ origin, slug, kind })
  return kind === 'url' ? `${before}${placeholder}${after}` : before
}

/** What stands before and behind the URL key; of a header key all stands before. */
export const aroundKey = ({ origin, slug, kind }: Target): readonly [string, string] => {
  if (kind === 'key') return [slug === null ? `${origin}/mcp` : `${origin}/mcp-connect/${slug}`, '']
  return [`${origin}/mcp/`, slug === null ? '' : `/${slug}`]
}
