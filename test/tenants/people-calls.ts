import type { Ids } from './calls.ts'

/** What each call about how people come in and leave has to be given to be understood. */

export const password = 'a long enough pass phrase'
const nothing = () => ({})

export const peopleBodies: Readonly<Record<string, (ids: Ids, n: string) => object>> = {
  'POST /sessions': (_, n) => ({ email: `${n}@example.com`, password }),
  'POST /sessions/second-factor': () => ({ code: '000000' }),
  'POST /me/password': (_, n) => ({ current: `not ${n}, not at all`, password }),
  'POST /me/second-factor': nothing,
  'POST /me/second-factor/confirm': () => ({ code: '000000' }),
  'POST /me/second-factor/codes': () => ({ code: '000000' }),
  'DELETE /me/second-factor': () => ({ code: '000000' }),
  'POST /password-resets': (_, n) => ({ email: `${n}@example.com` }),
  'POST /password-resets/redeem': () => ({ code: 'A'.repeat(43), password }),
  'POST /members/:id/password-reset': nothing,
  'POST /members/:id/end-sessions': nothing,
  'POST /members/:id/deactivate': () => ({ reason: 'on leave', waitMs: 0 }),
  'POST /members/:id/activate': () => ({ waitMs: 0 }),
  'POST /members/:id/transfer': ({ team }) => ({ to: { type: 'team', id: team }, waitMs: 0 }),
  'POST /invitations': (_, n) => ({ email: `${n}@example.com` }),
  'POST /invitations/:id/resend': nothing,
  'POST /invitations/accept': (_, n) => ({ code: 'A'.repeat(43), email: `${n}@example.com`, password }),
  'POST /identity-providers': (_, n) => ({
    slug: n,
    issuer: 'http://127.0.0.1:9/idp',
    clientId: 'ostiary',
    clientSecret: 'identity-secret',
    domains: ['example.com'],
  }),
  'PATCH /identity-providers/:id': (_, n) => ({ name: n }),
  'POST /identity-providers/:id/test': nothing,
  // The key of the fixture has one tool of its server.
  'POST /access-requests': ({ key, server }, n) => ({ key, tool: `${server}/${n}`, reason: 'needed for the report' }),
  'POST /access-requests/:id/approve': () => ({ waitMs: 0 }),
  'POST /access-requests/:id/refuse': () => ({ reason: 'not now' }),
  'POST /access-requests/:id/withdraw': nothing,
  'POST /access-requests/:id/end': () => ({ waitMs: 0 }),
}
