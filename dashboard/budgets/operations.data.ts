/** On which screen a person does what REST does. */
export const operations = {
  'GET /budgets': 'budgets',
  'POST /budgets': 'budgets',
  'GET /budgets/{id}': 'budget',
  'PATCH /budgets/{id}': 'budget',
  'DELETE /budgets/{id}': 'budget',
  'POST /budgets/{id}/top-up': 'budget',
  'POST /budgets/{id}/reset': 'budget',
  'GET /budgets/{id}/entries': 'budget',
  'GET /budgets/{id}/entries.csv': 'budget',
} as const
