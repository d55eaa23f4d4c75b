/** Which screen somebody opens for an operation of REST. */
export const operations = {
  'GET /projects': 'projects',
  'POST /projects': 'projects',
  'GET /projects/{id}': 'projects',
  'GET /projects/{id}/uses': 'projects',
  'PATCH /projects/{id}': 'projects',
  'DELETE /projects/{id}': 'projects',
} as const
