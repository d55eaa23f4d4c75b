/** What is wrong with the address of an upstream, as the end of a sentence; null: nothing. */
export const problemOfUrl = (text: string): string | null => {
  const url = URL.parse(text)
  if (url === null) return 'must be a URL'
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'must begin with http:// or https://'
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password: use `credential`'
  if (url.hash !== '' || text.includes('#')) return 'must not have a fragment'
  return null
}
