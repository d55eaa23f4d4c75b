import type { Permission } from '../src/people/schema.ts'
import type { texts } from './shell/texts.data.ts'
import type { PlainName } from './texts.ts'

/**
 * Every screen, in one table: the router, the navigation, the command palette, the page about screens in docs/ and the
 * tests that open all of them read it.
 */
export type Group = 'configuration' | 'activity' | 'people' | 'settings'
export type Screen = {
  readonly id: string
  /** Below /dashboard; `$name` is a parameter. */
  readonly path: `/${string}`
  readonly title: PlainName<typeof texts>
  /** Where it stands in the navigation; missing: it is reached from another screen or a menu. */
  readonly group?: Group | 'top'
  /** The right without which it would be empty; missing: everybody who is signed in. */
  readonly right?: Permission
  /** Only for those who have it on everything. */
  readonly isForAll?: boolean
  readonly isForOperator?: boolean
  /** Other words under which the palette finds it. */
  readonly words?: string
}

export const screens = [
  {
    id: 'home',
    path: '/',
    title: 'home',
    group: 'top',
    words: 'home start dashboard',
  },
  {
    id: 'browse',
    path: '/browse',
    title: 'browse',
    group: 'top',
    words: 'catalog my servers tools models connect',
  },

  {
    id: 'keys',
    path: '/configuration/api-keys',
    title: 'keys',
    group: 'configuration',
    right: 'keys:read',
    words: 'renew regenerate rotate MCP API Keys tokens secrets create key revoke',
  },
  { id: 'key', path: '/configuration/api-keys/$key', title: 'key', right: 'keys:read' },
  {
    id: 'apps',
    path: '/configuration/apps',
    title: 'apps',
    group: 'configuration',
    right: 'apps:read',
    words: 'regenerate key consumers agents',
  },
  { id: 'app', path: '/configuration/apps/$app', title: 'app', right: 'apps:read' },
  {
    id: 'servers',
    path: '/configuration/servers',
    title: 'servers',
    group: 'configuration',
    right: 'servers:read',
    words: 'tools health import stdio',
  },
  { id: 'server', path: '/configuration/servers/$server', title: 'server', right: 'servers:read' },
  {
    id: 'providers',
    path: '/configuration/providers',
    title: 'providers',
    group: 'configuration',
    right: 'providers:read',
    words: 'models openai anthropic prices',
  },
  { id: 'provider', path: '/configuration/providers/$provider', title: 'provider', right: 'providers:read' },
  {
    id: 'catalogs',
    path: '/configuration/catalogs',
    title: 'catalogs',
    group: 'configuration',
    right: 'catalogs:read',
  },
  { id: 'catalog', path: '/configuration/catalogs/$catalog', title: 'catalog', right: 'catalogs:read' },
  {
    id: 'projects',
    path: '/configuration/projects',
    title: 'projects',
    group: 'configuration',
    right: 'projects:read',
    words: 'environments tiers',
  },
  {
    id: 'gateways',
    path: '/configuration/gateways',
    title: 'gateways',
    group: 'configuration',
    right: 'gateways:read',
    words: 'fleet version lag enrol',
  },

  {
    id: 'usage',
    path: '/activity/usage',
    title: 'usage',
    group: 'activity',
    right: 'usage:read',
    words: 'charts tokens cost money spend traffic',
  },
  {
    id: 'budgets',
    path: '/activity/budgets',
    title: 'budgets',
    group: 'activity',
    right: 'budgets:read',
    words: 'money spend forecast thresholds',
  },
  { id: 'budget', path: '/activity/budgets/$budget', title: 'budget', right: 'budgets:read' },
  {
    id: 'limits',
    path: '/activity/limits',
    title: 'limits',
    group: 'activity',
    right: 'limits:read',
    words: 'rate requests per minute tokens concurrency',
  },
  {
    id: 'requests',
    path: '/activity/requests',
    title: 'requests',
    group: 'activity',
    right: 'requests:read',
    words: 'log calls live tail',
  },
  {
    id: 'audit',
    path: '/activity/audit',
    title: 'audit',
    group: 'activity',
    right: 'audit-events:read',
    words: 'events who changed verify chain',
  },
  {
    id: 'key-safety',
    path: '/activity/key-safety',
    title: 'keySafety',
    group: 'activity',
    right: 'findings:read',
    words: 'findings unused shared old wide rotate',
  },
  {
    id: 'explain',
    path: '/activity/explain',
    title: 'explain',
    group: 'activity',
    right: 'access:read',
    words: 'denied 403 401 why access decision',
  },

  {
    id: 'all-keys',
    path: '/people/api-keys',
    title: 'allKeys',
    group: 'people',
    right: 'keys:read',
    isForAll: true,
    words: 'renew regenerate',
  },
  {
    id: 'members',
    path: '/people/members',
    title: 'members',
    group: 'people',
    right: 'members:read',
    isForAll: true,
    words: 'users invite invitations deactivate',
  },
  { id: 'member', path: '/people/members/$member', title: 'member', right: 'members:read' },
  {
    id: 'teams',
    path: '/people/teams',
    title: 'teams',
    group: 'people',
    right: 'teams:read',
  },
  {
    id: 'roles',
    path: '/people/roles',
    title: 'roles',
    group: 'people',
    words: 'rights permissions matrix',
  },
  {
    id: 'access-requests',
    path: '/people/access-requests',
    title: 'accessRequests',
    group: 'people',
    right: 'access-requests:read',
    words: 'approve refuse ask grants',
  },
  {
    id: 'identity-providers',
    path: '/people/single-sign-on',
    title: 'identityProviders',
    group: 'people',
    right: 'identity-providers:read',
    isForAll: true,
    words: 'SSO OIDC identity providers',
  },

  {
    id: 'settings-keys',
    path: '/settings/mcp-api-keys',
    title: 'settingsKeys',
    group: 'settings',
    right: 'keys:read',
    words: 'renew regenerate MCP API Keys',
  },
  {
    id: 'policies',
    path: '/settings/policies',
    title: 'policies',
    group: 'settings',
    right: 'policies:read',
    words: 'rules expiry max age url keys',
  },
  {
    id: 'tokens',
    path: '/settings/management-tokens',
    title: 'tokens',
    group: 'settings',
    right: 'management-tokens:read',
    words: 'automation cli terraform',
  },
  {
    id: 'webhooks',
    path: '/settings/webhooks',
    title: 'webhooks',
    group: 'settings',
    right: 'webhooks:read',
    words: 'events deliveries replay',
  },
  { id: 'webhook', path: '/settings/webhooks/$webhook', title: 'webhook', right: 'webhooks:read' },
  {
    id: 'organizations',
    path: '/settings/organizations',
    title: 'organizations',
    group: 'settings',
    right: 'organizations:read',
    words: 'tenants',
  },

  { id: 'inbox', path: '/inbox', title: 'notices', words: 'inbox notifications mail preferences' },
  { id: 'account', path: '/account', title: 'account', words: 'password second factor sessions browsers profile' },
] as const satisfies readonly Screen[]
