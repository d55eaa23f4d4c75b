/** A document with those of its entries that somebody wants; other parts of it stay as they are. */
export type Document = Readonly<Record<string, unknown>>
type Keep = (name: string) => boolean

const isObject = (value: unknown): value is Document =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export function documentIn(text: string): Document | null {
  try {
    const parsed: unknown = JSON.parse(text)
    // What a list of servers is named in a document, a bare list has not said.
    if (Array.isArray(parsed)) return { servers: parsed }
    return isObject(parsed) ? parsed : null
  } catch {
    return null
  }
}

export function withOnly(document: Document, keep: Keep): Document {
  const name = ['mcpServers', 'servers', 'mcp_servers'].find((one) => document[one] !== undefined)
  if (name !== undefined) return { ...document, [name]: entriesOf(document[name], keep) }
  const { mcp } = document
  return isObject(mcp) && mcp['servers'] !== undefined
    ? { ...document, mcp: { ...mcp, servers: entriesOf(mcp['servers'], keep) } }
    : document
}

function entriesOf(entries: unknown, keep: Keep): unknown {
  if (Array.isArray(entries)) return entries.filter((entry) => keep(nameOf(entry)))
  return isObject(entries) ? Object.fromEntries(Object.entries(entries).filter(([name]) => keep(name))) : entries
}

/** As the API calls an entry of a list: the registry puts the definition into `server`. */
function nameOf(entry: unknown): string {
  const inside = isObject(entry) && isObject(entry['server']) ? entry['server'] : entry
  const name = isObject(inside) ? inside['name'] : undefined
  return typeof name === 'string' ? name.slice(0, 200) : 'server'
}
