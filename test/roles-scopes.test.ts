import { afterAll, beforeAll, expect, test } from 'vitest'
import { reachOf } from '../src/people/may.ts'
import { onEachStore } from './stores.ts'
import { another, lineOf, routes } from './tenants/calls.ts'
import { type Running, startControl } from './tenants/control.ts'
import { permissions } from './tenants/people.ts'

/**
 * Which scope lets a token make which call: said here once more, by hand, because scripts are written by it and a slip in
 * a route's data would otherwise pass every generated test.
 */
const calls: Readonly<Record<string, readonly string[]>> = {
  'organizations:read': ['GET /organizations', 'GET /organizations/:id'],
  'organizations:write': ['PATCH /organizations/:id'],
  'policies:read': ['GET /policies'],
  'policies:write': ['PATCH /policies'],
  'members:read': ['GET /members', 'GET /members/:id', 'GET /members/:id/leaving'],
  'members:write': [
    'POST /members',
    'PATCH /members/:id',
    'DELETE /members/:id',
    'DELETE /members/:id/second-factor',
    'POST /members/:id/password-reset',
    'POST /members/:id/deactivate',
    'POST /members/:id/activate',
    'POST /members/:id/transfer',
  ],
  'sessions:read': ['GET /sessions'],
  'sessions:write': ['DELETE /sessions/:id', 'POST /members/:id/end-sessions'],
  'invitations:read': ['GET /invitations', 'GET /invitations/:id'],
  'invitations:write': ['POST /invitations', 'POST /invitations/:id/resend', 'DELETE /invitations/:id'],
  'identity-providers:read': ['GET /identity-providers', 'GET /identity-providers/:id'],
  'identity-providers:write': [
    'POST /identity-providers',
    'PATCH /identity-providers/:id',
    'DELETE /identity-providers/:id',
    'POST /identity-providers/:id/test',
  ],
  'access-requests:read': ['GET /access-requests', 'GET /access-requests/:id'],
  'access-requests:write': [
    'POST /access-requests',
    'POST /access-requests/:id/approve',
    'POST /access-requests/:id/refuse',
    'POST /access-requests/:id/withdraw',
    'POST /access-requests/:id/end',
  ],
  'teams:read': ['GET /teams', 'GET /teams/:id'],
  'teams:write': ['POST /teams', 'PATCH /teams/:id', 'DELETE /teams/:id'],
  'projects:read': ['GET /projects', 'GET /projects/:id', 'GET /projects/:id/uses'],
  'projects:write': ['POST /projects', 'PATCH /projects/:id', 'DELETE /projects/:id'],
  'catalogs:read': ['GET /catalogs', 'GET /catalogs/:id'],
  'catalogs:write': ['POST /catalogs', 'PATCH /catalogs/:id', 'DELETE /catalogs/:id'],
  'keys:read': [
    'GET /keys',
    'GET /keys/export',
    'GET /keys/:id',
    'GET /keys/:id/access',
    'GET /keys/:id/children',
    'GET /keys/:id/clients',
    'GET /keys/:id/rotation',
    'GET /rotations',
    'GET /rotations/:id',
  ],
  'keys:write': [
    'POST /keys',
    'PATCH /keys/:id',
    'POST /keys/:id/revoke',
    'POST /keys/:id/compromise',
    'POST /keys/:id/suspend',
    'POST /keys/:id/resume',
    'POST /keys/:id/duplicate',
    'POST /keys/:id/replacement',
    'POST /keys/:id/rotate',
    'POST /keys/:id/rotation/finish',
    'POST /keys/:id/rotation/undo',
    'POST /keys/:id/claim',
    'DELETE /keys/:id/claim',
    'POST /keys/:id/children',
    'DELETE /keys/:id/children/:child',
    'POST /keys/bulk',
    'POST /keys/import',
    'DELETE /keys/:id',
  ],
  'apps:read': ['GET /apps', 'GET /apps/:id'],
  'apps:write': [
    'POST /apps',
    'POST /apps/:id/clone',
    'POST /apps/:id/regenerate-key',
    'PATCH /apps/:id',
    'DELETE /apps/:id',
  ],
  'servers:read': ['GET /servers', 'GET /servers/:id'],
  'servers:write': [
    'POST /servers',
    'POST /servers/import',
    'POST /servers/:id/test',
    'PATCH /servers/:id',
    'DELETE /servers/:id',
  ],
  'providers:read': ['GET /providers', 'GET /providers/:id', 'GET /providers/:id/models'],
  'providers:write': ['POST /providers', 'PATCH /providers/:id', 'DELETE /providers/:id', 'POST /providers/:id/test'],
  'access:read': ['POST /access/explain'],
  'access:write': [],
  'gateways:read': ['GET /gateways', 'GET /gateways/:id'],
  'gateways:write': ['POST /gateways', 'DELETE /gateways/:id'],
  'webhooks:read': ['GET /webhooks', 'GET /webhooks/:id', 'GET /webhooks/:id/deliveries'],
  'webhooks:write': [
    'POST /webhooks',
    'PATCH /webhooks/:id',
    'DELETE /webhooks/:id',
    'POST /webhooks/:id/test',
    'POST /webhooks/:id/replay',
  ],
  'management-tokens:read': ['GET /management-tokens', 'GET /management-tokens/:id'],
  'management-tokens:write': ['POST /management-tokens', 'DELETE /management-tokens/:id'],
  'limits:read': ['GET /limits', 'GET /limits/:id'],
  'limits:write': ['POST /limits', 'PATCH /limits/:id', 'DELETE /limits/:id'],
  'budgets:read': ['GET /budgets', 'GET /budgets/:id', 'GET /budgets/:id/entries', 'GET /budgets/:id/entries.csv'],
  'budgets:write': [
    'POST /budgets',
    'PATCH /budgets/:id',
    'DELETE /budgets/:id',
    'POST /budgets/:id/top-up',
    'POST /budgets/:id/reset',
  ],
  'notifications:read': ['GET /notifications', 'GET /notifications/preferences'],
  'notifications:write': ['POST /notifications/read', 'PATCH /notifications/preferences'],
  'findings:read': ['GET /findings'],
  'findings:write': [],
  'requests:read': ['GET /requests', 'GET /requests.csv', 'GET /requests.json'],
  'requests:write': [],
  'usage:read': ['GET /usage', 'GET /usage.csv'],
  'usage:write': [],
  'audit-events:read': ['GET /audit-events', 'GET /audit-events/export', 'GET /audit-events/checkpoints'],
  'audit-events:write': [],
}
/** Of `POST /claims` the rest is asked of whoever brings a code: see the last test. */
const whoever = [
  'GET /me',
  'GET /me/catalog',
  'GET /key-templates',
  'POST /claims',
  'GET /clients',
  'GET /clients/:client/snippet',
]
const public_ = [
  'GET /openapi.json',
  'POST /leaks',
  'POST /leaks/verify',
  'POST /leaks/github',
  'POST /setup',
  'POST /sessions',
  'POST /password-resets',
  'POST /password-resets/redeem',
  'POST /invitations/accept',
  'GET /sign-in/options',
]
/** Of whoever is signed in by a browser; no scope is enough. */
const browsers = [
  'GET /sessions/current',
  'DELETE /sessions/current',
  'POST /sessions/second-factor',
  'POST /me/password',
  'GET /me/second-factor',
  'POST /me/second-factor',
  'POST /me/second-factor/confirm',
  'POST /me/second-factor/codes',
  'DELETE /me/second-factor',
]
const operators = ['POST /organizations']

/** Ask beyond their own right: servers, providers, apps and keys stand in the answer. */
const asksMore = new Set(['GET /projects/:id/uses', 'GET /members/:id/leaving'])

onEachStore('scopes', (_open, stores) => {
  let control: Running
  beforeAll(async () => {
    control = await startControl(stores)
  })
  afterAll(() => control?.stop())
  const tokenFor = async (scopes: readonly string[]) => {
    const { managementToken, secret } = await control.done(control.operator, 'POST /management-tokens', {
      name: 'narrow',
      scopes,
    })
    return { id: managementToken.id as string, secret: secret as string }
  }

  test('the table of scopes names every call and every scope', () => {
    const all = [...Object.values(calls).flat(), ...whoever, ...public_, ...browsers, ...operators]
    expect(all.toSorted()).toEqual(routes.map(lineOf).toSorted())
    expect(Object.keys(calls).toSorted()).toEqual(permissions.toSorted())
  })

  test.each(Object.keys(calls))('a token with the scope %s does that and nothing else', async (scope) => {
    const [right] = permissions.filter((one) => one === scope)
    if (right === undefined || reachOf('owner', right) === 'none') {
      // Nobody has it, so nobody can hand it on.
      const refused = await control.ask(control.operator, 'POST /management-tokens', {
        name: 'narrow',
        scopes: [scope],
      })
      expect(refused.code).toBe('not_permitted')
      return
    }
    const { id, secret } = await tokenFor([scope])
    for (const line of routes.map(lineOf)) {
      const [method, where = ''] = line.split(' ')
      const path = where.replace(':id', 'nothing-of-this-name')
      const { code } = await control.ask(
        secret,
        `${method} ${path}`,
        method === 'GET' || method === 'DELETE' ? undefined : {},
      )
      const isOpen = calls[scope]?.includes(line) || whoever.includes(line) || public_.includes(line)
      if (isOpen && !asksMore.has(line))
        expect([line, code]).toEqual([line, expect.toBeOneOf([null, 'not_found', 'invalid'])])
      else expect([line, code]).toEqual([line, 'not_permitted'])
    }
    await control.done(control.operator, `DELETE /management-tokens/${id}`)
    expect((await control.ask(secret, 'GET /me')).code).toBe('not_signed_in')
  })

  test.each<[string, readonly string[]]>([
    ['GET /projects/default/uses', ['projects:read', 'servers:read', 'providers:read', 'apps:read', 'keys:read']],
    ['GET /members/LEFT/leaving', ['members:read', 'keys:read', 'apps:read']],
    ['POST /members/LEFT/transfer', ['members:write', 'keys:write', 'apps:write']],
    ['DELETE /invitations/OPEN?removeMember=true', ['invitations:write', 'members:write']],
    ['POST /invitations', ['invitations:write', 'teams:write']],
  ])('%s asks for more than one right, and is open to a token that has them all', async (line, scopes) => {
    const { operator, done, ask } = control
    const { member } = await done(operator, 'POST /members', { email: `${another('left')}@example.com` })
    await done(operator, `POST /members/${member.id}/deactivate`, { waitMs: 0 })
    const made = await done(operator, 'POST /invitations', { email: `${another('open')}@example.com` })
    const { team } = await done(operator, 'POST /teams', { slug: another('heirs') })
    const bodies: Readonly<Record<string, object>> = {
      'POST /members/LEFT/transfer': { to: { type: 'team', id: team.id }, waitMs: 0 },
      'POST /invitations': { email: `${another('new')}@example.com`, teams: [team.id] },
    }
    const where = line.replace('LEFT', member.id).replace('OPEN', made.invitation.id)
    const answerTo = async (held: readonly string[]) =>
      (await ask((await tokenFor(held)).secret, where, bodies[line])).code
    for (const missing of scopes)
      expect([missing, await answerTo(scopes.filter((scope) => scope !== missing))]).toEqual([missing, 'not_permitted'])
    expect(await answerTo(scopes)).toBeNull()
  })

  test('a link to a secret opens for a token that could also make a key, and for no other', async () => {
    for (const right of permissions.filter((one) => reachOf('owner', one) !== 'none')) {
      const { secret } = await tokenFor([right])
      const { code } = await control.ask(secret, 'POST /claims', { code: 'A'.repeat(43) })
      expect([right, code]).toEqual([right, right === 'keys:write' ? 'not_found' : 'not_permitted'])
    }
  })
})
