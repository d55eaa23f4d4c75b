export const operations = {
  'GET /notifications': 'inbox',
  'POST /notifications/read': 'inbox',
  'GET /notifications/preferences': 'inbox',
  'PATCH /notifications/preferences': 'inbox',
} as const
