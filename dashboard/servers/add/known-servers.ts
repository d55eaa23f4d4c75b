import type { ServerView } from '../../../src/servers/schema.ts'
import type { Outcome } from '../answers.ts'

type Known = Pick<ServerView, 'slug' | 'transport'>

/** Is it registered already: at the same address, or under the slug that this one would have had? */
export function isKnown({ server }: Outcome, known: readonly Known[]): boolean {
  if (server === undefined) return false
  const plain = server.slug.replace(/-\d+$/, '')
  return known.some(({ slug, transport }) =>
    transport.type === 'stdio' ? slug === plain && slug !== server.slug : plainUrl(transport.url) === server.target,
  )
}

/** As an answer about an import says an address: without what stands behind its path. */
function plainUrl(text: string): string {
  if (!URL.canParse(text)) return text
  const { origin, pathname } = new URL(text)
  return `${origin}${pathname}`
}
