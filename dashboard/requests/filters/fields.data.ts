/** Filters that the log and its sums have in common, by their names in REST and in the address. */
export const callFields = ['key', 'owner', 'project', 'server', 'tool', 'provider', 'model', 'kind'] as const

/** What is picked from a list, with the right to read that list. */
export const picked = [
  ['key', '/keys', 'keys:read'],
  ['project', '/projects', 'projects:read'],
  ['server', '/servers', 'servers:read'],
  ['provider', '/providers', 'providers:read'],
] as const
