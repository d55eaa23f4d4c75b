/** Which screen somebody opens for an operation of REST. */
export const operations = {
  'GET /me/catalog': 'browse',
  'GET /clients': 'browse',
  'GET /clients/{client}/snippet': 'browse',
} as const
