/** REST operations and the screen on which a person does them. */
export const operations = {
  'GET /keys': 'keys',
  'PATCH /keys/{id}': 'keys',
  'DELETE /keys/{id}': 'keys',
  'POST /keys/bulk': 'keys',
  'GET /keys/export': 'keys',
  'POST /keys/import': 'keys',
} as const
