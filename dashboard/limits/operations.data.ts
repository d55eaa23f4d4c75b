/** On which screen a person does what REST does. */
export const operations = {
  'GET /limits': 'limits',
  'GET /limits/{id}': 'limits',
  'POST /limits': 'limits',
  'PATCH /limits/{id}': 'limits',
  'DELETE /limits/{id}': 'limits',
} as const
