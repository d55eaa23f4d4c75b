/** Which screen somebody opens for an operation of REST. */
export const operations = {
  'GET /apps': 'apps',
  'POST /apps': 'apps',
  'GET /apps/{id}': 'app',
  'PATCH /apps/{id}': 'app',
  'DELETE /apps/{id}': 'app',
  'POST /apps/{id}/clone': 'app',
  'POST /apps/{id}/regenerate-key': 'app',
} as const
