/** Columns in their order: those that stand there, and those that can be added. */
export const standardColumns = [
  'name',
  'owner',
  'key',
  'status',
  'servers',
  'projects',
  'expires',
  'lastUsed',
  'created',
  'requests',
  'usage',
] as const
export const furtherColumns = ['id', 'description', 'age', 'environment', 'tags'] as const
