import type { ServerRecord } from '../../servers/schema.ts'

/** Slug → server id, by organization. Two looks instead of a name joined and hashed for each call. */
export type Names = Map<string, InOrganization>

/** A live slug wins over a former one. */
type InOrganization = {
  readonly live: Map<string, string>
  readonly former: Map<string, { readonly id: string; readonly until: number }>
}

export function nameServer(names: Names, { organization, id, slug, formerSlugs }: ServerRecord): void {
  const { live, former } = namesIn(names, organization)
  live.set(slug, id)
  for (const { slug: name, until } of formerSlugs) {
    // Two servers may have had it one after the other, and their records come in any order: the later one answers.
    if (until > (former.get(name)?.until ?? 0)) former.set(name, { id, until })
  }
}

/** Only what still leads to it: another server may have taken the slug in the same range. */
export function unnameServer(names: Names, { organization, id, slug, formerSlugs }: ServerRecord): void {
  const { live, former } = namesIn(names, organization)
  if (live.get(slug) === id) live.delete(slug)
  for (const { slug: name } of formerSlugs) if (former.get(name)?.id === id) former.delete(name)
}

export function idOfSlug(names: Names, organization: string, slug: string, now: () => number): string | null {
  const known = names.get(organization)
  return known === undefined ? null : (known.live.get(slug) ?? formerly(known, slug, now))
}

function namesIn(names: Names, organization: string): InOrganization {
  const known = names.get(organization)
  if (known) return known
  const fresh: InOrganization = { live: new Map(), former: new Map() }
  names.set(organization, fresh)
  return fresh
}

/** No timer ends a former slug: whoever asks for it looks at the clock, and nobody else has to. */
function formerly({ former }: InOrganization, slug: string, now: () => number): string | null {
  const found = former.get(slug)
  return found && now() < found.until ? found.id : null
}
