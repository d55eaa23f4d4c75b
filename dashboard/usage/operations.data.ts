/** On which screen a person does what REST does. */
export const operations = {
  'GET /usage': 'usage',
  'GET /usage.csv': 'usage',
} as const
