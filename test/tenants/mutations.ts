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
  'POST /setup',
  'POST /leaks',
  'POST /leaks/verify',
  'POST /leaks/github',
])

export const changing: readonly string[] = routes
  .filter(({ method }) => method !== 'GET')
  .map(lineOf)
  .filter((line) => !others.has(line))

/** What a call may do besides the one thing that it is named after: one event of each. */
export const besides: Readonly<Record<string, readonly AuditAction[]>> = {
  'POST /apps': ['key.created'],
  'POST /apps/:id/clone': ['key.created'],
  'DELETE /apps/:id': ['key.revoked'],
  'POST /keys/:id/compromise': ['key.revoked', 'key.created', 'key.claim-created', 'audit.read'],
}
