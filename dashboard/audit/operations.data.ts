export const operations = {
  'GET /audit-events': 'audit',
  'GET /audit-events/export': 'audit',
  'GET /audit-events/checkpoints': 'audit',
} as const
