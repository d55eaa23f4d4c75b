/** Text as a part of each language, whatever is in it. */

/** RFC 8259; two spaces, as most clients write their own files. */
export const asJson = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

/** A basic string of TOML 1.0: JSON's, but TOML also wants DEL escaped. */
export const asToml = (text: string): string => JSON.stringify(text).replaceAll('\u007f', '\\u007F')

/** One word for a POSIX shell, with nothing in it expanded. */
export const word = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** One word for a POSIX shell in which `variable` is expanded between two texts; unset, the shell says so and stops. */
export const wordWith = (before: string, variable: string, after = ''): string =>
  `"${inQuotes(before)}\${${variable}:?}${inQuotes(after)}"`

const inQuotes = (text: string): string => text.replace(/[\\"$`]/g, '\\$&')
