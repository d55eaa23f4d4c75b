/** Which screen somebody opens for an operation of REST. */
export const operations = {
  'GET /policies': 'policies',
  'PATCH /policies': 'policies',
  'GET /management-tokens': 'tokens',
  'POST /management-tokens': 'tokens',
  'GET /management-tokens/{id}': 'tokens',
  'DELETE /management-tokens/{id}': 'tokens',
} as const
