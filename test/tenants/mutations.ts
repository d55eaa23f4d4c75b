import type { AuditAction } from '../../src/audit/schema.ts'
import { lineOf, routes } from './calls.ts'

/** Every call that changes something, and under which name that stands in the audit log. */
export const mutations: Readonly<Record<string, AuditAction>> = {
  'POST /organizations': 'organization.created',
  'PATCH /organizations/:id': 'organization.updated',
  'PATCH /policies': 'policies.updated',
  'POST /members': 'member.created',
  'PATCH /members/:id': 'member.updated',
  'DELETE /members/:id': 'member.removed',
  'POST /members/:id/deactivate': 'member.deactivated',
  'POST /members/:id/activate': 'member.activated',
  'POST /members/:id/transfer': 'key.transferred',
  'POST /members/:id/password-reset': 'password.reset-created',
  'POST /members/:id/end-sessions': 'session.ended',
  'DELETE /members/:id/second-factor': 'second-factor.disabled',
  'DELETE /sessions/:id': 'session.ended',
  'POST /invitations': 'invitation.created',
  'POST /invitations/:id/resend': 'invitation.resent',
  'DELETE /invitations/:id': 'invitation.withdrawn',
  'POST /identity-providers': 'identity-provider.created',
  'PATCH /identity-providers/:id': 'identity-provider.updated',
  'DELETE /identity-providers/:id': 'identity-provider.deleted',
  'POST /access-requests': 'access-request.created',
  'POST /access-requests/:id/approve': 'access-request.approved',
  'POST /access-requests/:id/refuse': 'access-request.refused',
  'POST /access-requests/:id/withdraw': 'access-request.withdrawn',
  'POST /access-requests/:id/end': 'access-request.ended',
  'POST /teams': 'team.created',
  'PATCH /teams/:id': 'team.updated',
  'DELETE /teams/:id': 'team.deleted',
  'POST /projects': 'project.created',
  'PATCH /projects/:id': 'project.updated',
  'DELETE /projects/:id': 'project.deleted',
  'POST /catalogs': 'catalog.created',
  'PATCH /catalogs/:id': 'catalog.updated',
  'DELETE /catalogs/:id': 'catalog.deleted',
  'POST /servers': 'server.created',
  'PATCH /servers/:id': 'server.updated',
  'DELETE /servers/:id': 'server.deleted',
  'POST /servers/import': 'server.created',
  'POST /providers': 'provider.created',
  'PATCH /providers/:id': 'provider.updated',
  'DELETE /providers/:id': 'provider.deleted',
  'POST /keys': 'key.created',
  'PATCH /keys/:id': 'key.updated',
  'POST /keys/:id/suspend': 'key.suspended',
  'POST /keys/:id/resume': 'key.resumed',
  'POST /keys/:id/revoke': 'key.revoked',
  'POST /keys/:id/duplicate': 'key.created',
  'POST /keys/:id/replacement': 'key.created',
  'POST /keys/:id/compromise': 'key.compromised',
  'POST /claims': 'key.claimed',
  'POST /keys/:id/children': 'child.created',
  'DELETE /keys/:id/children/:child': 'child.revoked',
  'POST /keys/bulk': 'key.updated',
  'POST /keys/import': 'key.created',
  'POST /keys/:id/rotate': 'key.rotated',
  'POST /keys/:id/rotation/finish': 'key.rotation-finished',
  'POST /keys/:id/rotation/undo': 'key.rotation-undone',
  'POST /keys/:id/claim': 'key.claim-created',
  'DELETE /keys/:id/claim': 'key.claim-withdrawn',
  'DELETE /keys/:id': 'key.deleted',
  'POST /apps': 'app.created',
  'POST /apps/:id/clone': 'app.created',
  'PATCH /apps/:id': 'app.updated',
  'POST /apps/:id/regenerate-key': 'key.rotated',
  'DELETE /apps/:id': 'app.deleted',
  'POST /management-tokens': 'management-token.created',
  'DELETE /management-tokens/:id': 'management-token.revoked',
  'POST /gateways': 'gateway.created',
  'DELETE /gateways/:id': 'gateway.revoked',
  'POST /webhooks': 'webhook.created',
  'PATCH /webhooks/:id': 'webhook.updated',
  'DELETE /webhooks/:id': 'webhook.deleted',
  'POST /limits': 'limit.created',
  'PATCH /limits/:id': 'limit.updated',
  'DELETE /limits/:id': 'limit.deleted',
  'POST /budgets': 'budget.created',
  'PATCH /budgets/:id': 'budget.updated',
  'DELETE /budgets/:id': 'budget.deleted',
  'POST /budgets/:id/top-up': 'budget.topped-up',
  'POST /budgets/:id/reset': 'budget.reset',
}

/**
 * They change nothing that is the organization's (what one person has read and how he is mailed, what is sent once
 * more), or (setup, leaks) have tests of their own: a code works once, and reports are worked on later.
 */
const others: ReadonlySet<string> = new Set([
  'POST /access/explain',
  'POST /webhooks/:id/test',
  'POST /webhooks/:id/replay',
  'POST /notifications/read',
  'PATCH /notifications/preferences',
  'POST /servers/:id/test',
  'POST /providers/:id/test',
  'POST /identity-providers/:id/test',
  'POST /setup',
  'POST /leaks',
  'POST /leaks/verify',
  'POST /leaks/github',
])

/** They change who is signed in with the browser that asks, or how: test/tenants/browser-changes.test.ts makes them. */
export const byBrowsers: Readonly<Record<string, readonly AuditAction[]>> = {
  'POST /sessions': ['session.created'],
  'DELETE /sessions/current': ['session.ended'],
  'POST /sessions/second-factor': ['second-factor.code-used'],
  'POST /me/password': ['password.set'],
  // A secret that counts for nothing until a code of it has come back.
  'POST /me/second-factor': [],
  'POST /me/second-factor/confirm': ['second-factor.enabled'],
  'POST /me/second-factor/codes': ['second-factor.codes-created'],
  'DELETE /me/second-factor': ['second-factor.disabled'],
  // Answered before anything is done: whether the address exists, nobody is told.
  'POST /password-resets': [],
  'POST /password-resets/redeem': ['password.set'],
  'POST /invitations/accept': ['invitation.accepted', 'password.set', 'session.created'],
}

export const changing: readonly string[] = routes
  .filter(({ method }) => method !== 'GET')
  .map(lineOf)
  .filter((line) => !others.has(line) && byBrowsers[line] === undefined)

/** What a call may do besides the one thing that it is named after: one event of each. */
export const besides: Readonly<Record<string, readonly AuditAction[]>> = {
  'POST /members': ['invitation.created'],
  'POST /invitations': ['member.created'],
  'POST /members/:id/transfer': ['key.rotated', 'key.claim-created'],
  'POST /apps': ['key.created'],
  'POST /apps/:id/clone': ['key.created'],
  'DELETE /apps/:id': ['key.revoked'],
  'POST /keys/:id/compromise': ['key.revoked', 'key.created', 'key.claim-created', 'audit.read'],
}
