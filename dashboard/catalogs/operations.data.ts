/** Which screen somebody opens for an operation of REST. */
export const operations = {
  'GET /catalogs': 'catalogs',
  'POST /catalogs': 'catalogs',
  'GET /catalogs/{id}': 'catalog',
  'PATCH /catalogs/{id}': 'catalog',
  'DELETE /catalogs/{id}': 'catalog',
} as const
