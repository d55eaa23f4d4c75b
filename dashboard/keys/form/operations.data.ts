/** Which screen a person does it on: the forms of keys open over the list, and over the page of one key. */
export const operations = {
  'POST /keys': 'keys',
  'GET /key-templates': 'keys',
  'PATCH /keys/{id}': 'key',
  'POST /keys/{id}/duplicate': 'key',
  'POST /keys/{id}/replacement': 'key',
} as const
