import type { Secret } from '../secret.ts'

/**
 * Every token of ours that may ever stand in a text, whatever the route or field it came through. Wider than the grammar
 * of keys/token.ts, which this layer may not import: a token that was cut short or glued to other text is still redacted.
 * A test holds the two together.
 */
const opaqueTokens = /ost[kuag]_[0-9A-Za-z]{16}_[0-9A-Za-z]+/g
/** The whole run of token characters at once, so that hostile text cannot make the search start again and again. */
const childTokens = /oste_[A-Za-z0-9_.-]{20,}/g

export type Redact = (text: string) => string

/**
 * Removes tokens by form and the given secrets by value. The public id stays, because a log line without it does not say whose token it was.
 */
export function createRedact(byValue: readonly (Secret | null)[] = []): Redact {
  const literals = byValue.flatMap((secret) => (secret === null ? [] : writings(secret)))
  return (text) => {
    let clean = text
    // The cheap search first: almost no line holds a token.
    if (clean.includes('ost')) {
      clean = clean
        .replace(opaqueTokens, (token) => `${token.slice(0, 21)}[redacted]`)
        .replace(childTokens, 'oste_[redacted]')
    }
    for (const { value, label } of literals) if (clean.includes(value)) clean = clean.replaceAll(value, label)
    return clean
  }
}

/** Redaction by form alone, for places that know no configuration. */
export const redact: Redact = createRedact()

/** How a value may be written in a log line: as it is, inside JSON, inside JSON inside JSON, in a URL, as Basic or base64. */
function writings(secret: Secret): { value: string; label: string }[] {
  const value = secret.reveal()
  const quoted = inJson(value)
  const forms = [value, quoted, inJson(quoted), encodeURIComponent(value), Buffer.from(value).toString('base64')]
  return [...new Set(forms)]
    .sort((a, b) => b.length - a.length)
    .map((form) => ({ value: form, label: `[redacted ${secret.label}]` }))
}

const inJson = (value: string): string => JSON.stringify(value).slice(1, -1)
