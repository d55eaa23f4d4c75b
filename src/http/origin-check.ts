import { ok, type Result, refuse } from '../problems.ts'

const refused = refuse('origin_not_allowed', {
  detail: 'The browser origin of this call is not configured. Callers that are no browsers send no Origin header.',
})

/** The origin as browsers write it; null for what is none, `null` of sandboxed pages included. */
const originOf = (text: string): string | null => {
  const url = URL.canParse(text) ? new URL(text) : null
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === text.toLowerCase() ? url.origin : null
}

/** Only configured origins; no Origin header means no browser page asked. */
export const createOriginCheck = (origins: readonly string[]): ((origin: string | undefined) => Result<null>) => {
  const allowed = new Set(
    origins.map((text) => {
      const origin = URL.canParse(text) ? new URL(text).origin : 'null'
      if (origin === 'null') throw new Error(`"${text}" is not a browser origin such as https://app.example.com.`)
      return origin
    }),
  )
  return (origin) => {
    if (origin === undefined) return ok(null)
    const named = originOf(origin)
    return named !== null && allowed.has(named) ? ok(null) : refused
  }
}

/** A page of this very listener. Sound only after the Host check: Host is then a name of ours. */
export const isOwnOrigin = (
  origin: string | undefined,
  host: string | undefined,
  publicUrl: string | null,
): Result<null> => {
  if (origin === undefined) return ok(null)
  const named = originOf(origin)
  if (named === null) return refused
  if (publicUrl !== null && new URL(publicUrl).origin === named) return ok(null)
  return host !== undefined && new URL(named).host === host.toLowerCase() ? ok(null) : refused
}
