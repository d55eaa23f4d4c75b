/** What a person does on which screen. */
export const operations = {
  'POST /me/password': 'account',
  'GET /me/second-factor': 'account',
  'POST /me/second-factor': 'account',
  'POST /me/second-factor/confirm': 'account',
  'POST /me/second-factor/codes': 'account',
  'DELETE /me/second-factor': 'account',
  'GET /sessions': 'account',
  'GET /sessions/current': 'account',
  'DELETE /sessions/current': 'account',
  'DELETE /sessions/{id}': 'account',
  'GET /sign-in/options': 'account',
} as const
