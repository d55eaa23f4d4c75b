type Place = { readonly to: string; readonly search: Readonly<Record<string, string>> }

/** The screen on which something stands that a notice is about; null: none. */
export function placeOf({ kind, id }: { readonly kind: string; readonly id: string }): Place | null {
  if (kind === 'key') return { to: '/configuration/api-keys', search: { key: id } }
  if (kind === 'budget') return { to: `/activity/budgets/${encodeURIComponent(id)}`, search: {} }
  if (kind === 'access-request') return { to: '/people/access-requests', search: {} }
  if (kind === 'server') return { to: `/configuration/servers/${encodeURIComponent(id)}`, search: {} }
  return kind === 'gateway' ? { to: '/configuration/gateways', search: {} } : null
}
