import type { AuditAction } from '../../src/audit/schema.ts'

type FamilyOf<A> = A extends `${infer Family}.${string}` ? Family : never

/** What the events of one first word are about; the compiler misses one that has no words. */
export const families = {
  installation: 'Installation',
  setup: 'Setup',
  organization: 'Organizations',
  policies: 'Policies',
  member: 'Members',
  session: 'Sessions',
  password: 'Passwords',
  'second-factor': 'Second factors',
  invitation: 'Invitations',
  'identity-provider': 'Identity providers',
  identity: 'Single sign-on',
  'access-request': 'Access requests',
  team: 'Teams',
  project: 'Projects',
  catalog: 'Catalogs',
  'management-token': 'Management tokens',
  key: 'Keys',
  keys: 'Exports of keys',
  child: 'Ephemeral tokens',
  limit: 'Limits',
  budget: 'Budgets',
  webhook: 'Webhooks',
  audit: 'Audit log',
  server: 'MCP servers',
  provider: 'LLM providers',
  app: 'Apps',
  gateway: 'Gateways',
} as const satisfies Record<FamilyOf<AuditAction>, string>

/** Signs that a secret is in other hands, or that somebody is left without one. */
export const worthPager = [
  'key.exposed',
  'key.compromised',
  'key.honey-used',
  'key.claim-reused',
  'key.network-changed',
  'key.seen-in-browser',
  'key.rotation-failed',
] as const satisfies readonly AuditAction[]
export const worthCalendar = ['key.expiring', 'key.rotation-due'] as const satisfies readonly AuditAction[]
