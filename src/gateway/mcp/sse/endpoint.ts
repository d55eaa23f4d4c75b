/** Where the messages of a connection go, or why not there. */
export type Endpoint = { readonly ok: true; readonly url: URL } | { readonly ok: false; readonly why: string }

const longest = 4096

/**
 * Reads the `endpoint` event (transports of 2024-11-05). Every message goes there, with the server's credential, so it
 * must stay on the origin that an admin has approved: a server that names another one would have us carry its secret and
 * its clients' words to a host that nobody looked at.
 */
export function endpointOf(base: URL, said: string): Endpoint {
  if (said.length > longest) return refused(`is longer than ${longest} characters`)
  if (!URL.canParse(said, base.href)) return refused('is no address')
  const url = new URL(said, base.href)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return refused(`has the scheme ${url.protocol}`)
  if (url.username !== '' || url.password !== '') return refused('holds a user name or password')
  if (url.origin !== base.origin) return refused(`leads to another origin (${url.origin})`)
  return { ok: true, url }
}

const refused = (why: string): Endpoint => ({ ok: false, why: `its endpoint event ${why}` })
