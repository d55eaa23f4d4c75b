/** Why a part could not start, as one line for the person at the terminal. */
export function sentenceOf(error: unknown): string {
  const [text = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
  if (isRefusal(error)) return text
  const reason = text.replace(/\.?$/, '.')
  const code = codeOf(error)
  // At its start the product opens one connection only: the one to its database.
  if (/^(ECONNREFUSED|ECONNRESET|ENOTFOUND|ETIMEDOUT|EAI_AGAIN|EHOSTUNREACH)$/.test(code))
    return `The database of OSTIARY_DATABASE_URL cannot be reached: ${reason}`
  if (/^[0-9A-Z]{5}$/.test(code)) return `PostgreSQL refused (${code}): ${reason}`
  if (code === 'ERR_SQLITE_ERROR') return `The database in the data directory cannot be opened: ${reason}`
  return `An unexpected error, of which the log says more: ${reason}`
}

/** A plain Error is a refusal written for people; anything else needs its stack in the log. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof Error && error.name === 'Error' && error.message !== '' && codeOf(error) === ''

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
