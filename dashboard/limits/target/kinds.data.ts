import type { TargetType } from '../../../src/limits/schema.ts'

/** Where one of each kind is looked for; tools and models are parts of a server or provider. */
export const places = {
  project: '/projects',
  member: '/members',
  team: '/teams',
  app: '/apps',
  key: '/keys',
  server: '/servers',
  tool: '/servers',
  provider: '/providers',
  model: '/providers',
} as const satisfies Record<Exclude<TargetType, 'organization'>, `/${string}`>

export const limitTypes = [
  'organization',
  'project',
  'member',
  'team',
  'app',
  'key',
  'server',
  'tool',
  'provider',
  'model',
] as const satisfies readonly TargetType[]

/** A tool or a model has a limit, not a budget. */
export const budgetTypes = [
  'organization',
  'project',
  'member',
  'team',
  'app',
  'key',
] as const satisfies readonly TargetType[]
