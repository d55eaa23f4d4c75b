export const operations = {
  'GET /findings': 'key-safety',
} as const
