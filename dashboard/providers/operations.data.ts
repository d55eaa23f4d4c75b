/** Calls of REST about providers, and the screen on which a person makes them. */
export const operations = {
  'GET /providers': 'providers',
  'POST /providers': 'providers',
  'GET /providers/{id}': 'provider',
  'GET /providers/{id}/models': 'provider',
  'PATCH /providers/{id}': 'provider',
  'DELETE /providers/{id}': 'provider',
  'POST /providers/{id}/test': 'provider',
} as const
