export const texts = {
  client: 'Client',
  putInto: 'Put it into',
  settingsOf: 'Settings for {name}',
  incomplete: 'This client reads no variable there: put the secret in by hand.',
  steps: 'Then',
  notes: 'Good to know',
} as const
