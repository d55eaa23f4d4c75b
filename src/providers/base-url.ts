import { presets } from './presets.data.ts'
import type { Dialect, Preset } from './schema.ts'

/**
 * An address with and without `/v1` means the same, as clients write both: what names no path gets the one where the API
 * begins. Clients of the dialect anthropic put `/v1` behind any base, so there it is always the end; an address of the
 * dialect openai that names another path is meant as it stands (`/v1beta/openai`). No slash at the end. Idempotent; a
 * query stays where it is, for `problemOfBaseUrl` to refuse.
 */
export function normalBaseUrl(text: string, dialect: Dialect, preset: Preset | null): string {
  const url = URL.parse(text)
  if (url === null) return text
  const path = url.pathname.replace(/\/+$/, '')
  const begin = preset === null ? '/v1' : presets[preset].path
  if (path === '') url.pathname = begin
  else url.pathname = dialect === 'anthropic' && !path.endsWith('/v1') ? `${path}/v1` : path
  return url.href
}

/** As the end of a sentence; null: nothing is wrong. Paths are put behind it, so that a query would swallow them. */
export const problemOfBaseUrl = (text: string): string | null =>
  text.includes('?') ? 'must not have a query: the paths of calls are put behind it' : null
