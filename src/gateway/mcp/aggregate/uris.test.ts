import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { splitUri, uriFor } from './uris.ts'

const slug = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,30}$/)
const uri = fc.oneof(
  fc.webUrl(),
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.constantFrom(
    'ui://x',
    'ui://',
    'ui://mcp.a/x',
    'mcp.a+test://x',
    'mcp.b+ui://x',
    'UI://x',
    'test://{id}/y',
    'urn:a:b',
  ),
)

describe('R9 URIs of many servers', () => {
  test('lead back to their server and to what it calls them, however often they are wrapped', () => {
    fc.assert(
      fc.property(slug, slug, uri, (of, outer, one) => {
        expect(splitUri(uriFor(of, one))).toEqual({ slug: of, uri: one })
        expect(splitUri(uriFor(outer, uriFor(of, one)))).toEqual({ slug: outer, uri: uriFor(of, one) })
      }),
    )
  })

  test('are two where the server has two, or where there are two servers', () => {
    fc.assert(
      fc.property(slug, slug, uri, uri, (of, other, one, another) => {
        if (of !== other || one !== another) expect(uriFor(of, one)).not.toBe(uriFor(other, another))
      }),
    )
  })

  test('stay URIs, and those of MCP Apps keep their scheme', () => {
    expect(new URL(uriFor('my-server', 'test://a/b')).protocol).toBe('mcp.my-server+test:')
    expect(uriFor('s', 'ui://x')).toBe('ui://mcp.s/x')
    expect(uriFor('s', 'test://{id}/y')).toBe('mcp.s+test://{id}/y')
  })

  test.each(['', 'test://x', 'ui://x', 'mcp.+x', 'mcp.S+x', 'mcp.s+ui://x', 'ui://mcp.s'])('%j is none', (text) =>
    expect(splitUri(text)).toBeNull(),
  )
})
