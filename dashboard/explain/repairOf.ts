const places = {
  owner: { text: 'place.owner', to: '/configuration/catalogs' },
  app: { text: 'place.app', to: '/configuration/apps' },
  server: { text: 'place.server', to: '/configuration/servers' },
  provider: { text: 'place.provider', to: '/configuration/providers' },
  project: { text: 'place.project', to: '/configuration/projects' },
  policies: { text: 'place.policies', to: '/settings/policies' },
} as const
const isPlace = (word: string): word is keyof typeof places => Object.hasOwn(places, word)

/** The screen on which the record stands that the rule names, such as `key.mcp.servers` or `owner.catalogs`. */
export function repairOf(rule: string | null, keyId: string) {
  const record = rule?.split('.')[0] ?? ''
  if ((record === 'key' || record === 'child') && keyId !== '')
    return { text: 'place.key', to: '/configuration/api-keys', search: { key: keyId } } as const
  return isPlace(record) ? { ...places[record], search: {} } : null
}
