/** Calls of REST about servers, and the screen on which a person makes them. */
export const operations = {
  'GET /servers': 'servers',
  'POST /servers': 'servers',
  'POST /servers/import': 'servers',
  'GET /servers/{id}': 'server',
  'PATCH /servers/{id}': 'server',
  'DELETE /servers/{id}': 'server',
  'POST /servers/{id}/test': 'server',
  'GET /clients': 'server',
  'GET /clients/{client}/snippet': 'server',
} as const
