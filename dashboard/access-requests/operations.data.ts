/** Which screen somebody opens for an operation of REST. */
export const operations = {
  'POST /access-requests': 'access-requests',
  'GET /access-requests': 'access-requests',
  'GET /access-requests/{id}': 'access-requests',
  'POST /access-requests/{id}/approve': 'access-requests',
  'POST /access-requests/{id}/refuse': 'access-requests',
  'POST /access-requests/{id}/withdraw': 'access-requests',
  'POST /access-requests/{id}/end': 'access-requests',
} as const
