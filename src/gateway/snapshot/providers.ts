import type { ProviderRecord } from '../../providers/schema.ts'

/** Providers by id, and by slug within their organization. */
export type HeldProviders = {
  readonly byId: Map<string, ProviderRecord>
  /** By organization, then slug. */
  readonly bySlug: Map<string, Map<string, ProviderRecord>>
}

export const noProviders = (): HeldProviders => ({ byId: new Map(), bySlug: new Map() })

export function putProvider(held: HeldProviders, record: ProviderRecord): void {
  dropProvider(held, record.id)
  held.byId.set(record.id, record)
  const slugs = held.bySlug.get(record.organization) ?? new Map<string, ProviderRecord>()
  held.bySlug.set(record.organization, slugs.set(record.slug, record))
}

export function dropProvider(held: HeldProviders, id: string): void {
  const old = held.byId.get(id)
  if (!old) return
  held.byId.delete(id)
  const slugs = held.bySlug.get(old.organization)
  if (slugs?.get(old.slug)?.id === id) slugs.delete(old.slug)
}
