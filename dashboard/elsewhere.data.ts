/** Calls that no screen makes: those of the pages before the sign-in, and those that no person makes. */
export const elsewhere = {
  'POST /setup': { page: '/setup' },
  'POST /sessions': { page: '/sign-in' },
  'POST /sessions/second-factor': { page: '/sign-in' },
  'POST /password-resets': { page: '/sign-in' },
  'POST /password-resets/redeem': { page: '/reset' },
  'POST /invitations/accept': { page: '/invitation' },
  'GET /sign-in/options': { page: '/sign-in' },
  'POST /claims': { page: '/claim' },
  'POST /leaks': {
    because: 'whoever finds a secret reports it, a person or a scanner, without signing in (docs/leaks.md)',
  },
  'POST /leaks/verify': { because: 'secret scanners ask it about what they have found' },
  'POST /leaks/github': { because: 'GitHub calls it, signed, when its secret scanning finds a key' },
  'GET /invitations/{id}': { because: 'the list of invitations shows all of it' },
  'GET /rotations/{id}': { because: 'the page of the key shows its rotations, with who still uses which secret' },
  'GET /openapi.json': { because: 'it is for programs that are made from it' },
} as const
