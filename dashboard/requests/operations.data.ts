/** On which screen a person does what REST does. */
export const operations = {
  'GET /requests': 'requests',
  'GET /requests.csv': 'requests',
  'GET /requests.json': 'requests',
} as const
