export const operations = {
  'POST /access/explain': 'explain',
} as const
