const longest = 31

/** A slug out of any name: `io.github.acme/Weather API` is `weather-api`. */
export function slugFrom(name: string): string {
  const last = name.split('/').findLast((part) => part.trim() !== '') ?? ''
  const clean = last
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, longest)
    .replace(/-+$/, '')
  return clean === '' ? 'server' : clean
}

/** The nth choice: `weather`, `weather-2`, `weather-3`. */
export function numbered(slug: string, n: number): string {
  if (n === 1) return slug
  const end = `-${n}`
  return `${slug.slice(0, longest - end.length).replace(/-+$/, '')}${end}`
}
