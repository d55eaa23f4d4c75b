/** Calls of REST about gateways, and the screen on which a person makes them. */
export const operations = {
  'GET /gateways': 'gateways',
  'GET /gateways/{id}': 'gateways',
  'POST /gateways': 'gateways',
  'DELETE /gateways/{id}': 'gateways',
} as const
