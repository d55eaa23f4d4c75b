import { expect, test } from 'vitest'
import { cliRig } from '../../test/cli-rig.ts'

const identityProvider = {
  ...{ id: 'idp_AAAAAAAAAAAAAAAA', slug: 'company', name: 'Company', issuer: 'https://login.example.com' },
  ...{ clientId: 'ostiary', hasClientSecret: true, domains: ['example.com'], scopes: ['openid', 'email'] },
  ...{ redirectUri: 'https://control.example/sign-in/callback/idp_AAAAAAAAAAAAAAAA' },
  ...{ signInUrl: 'https://control.example/sign-in/oidc/default/company', provisioning: 'by-domain' },
  ...{ defaultRole: 'member', groupsClaim: 'groups', groups: [{ group: 'a=b', team: 'ops', role: 'admin' }] },
  ...{ secondFactor: false, operators: true, state: 'active', createdAt: '2026-11-20T00:00:00.000Z', revision: 1 },
}
const one = { identityProvider, refs: {} }
const secret = 'the secret of a client'
const look = {
  ...{
    works: true,
    detail: 'It answers.',
    authorizationEndpoint: 'https://login.example.com/auth',
    tokenEndpoint: null,
  },
  ...{ endsSessions: true, namesItself: true, takesPkce: true, missingTeams: ['gone'] },
}
const rig = (more: object = {}) =>
  cliRig(
    {
      'POST /identity-providers/:id/test': { ...look, ...more },
      'POST /identity-providers': one,
      'GET /identity-providers': { items: [identityProvider], nextCursor: null, total: 1, refs: {} },
      'GET /identity-providers/:id': one,
      'PATCH /identity-providers/:id': one,
      'DELETE /identity-providers/:id': one,
    },
    { stdin: async () => `${secret}\n` },
  )
const add = ['identity-providers', 'add', 'company', '--issuer', 'https://login.example.com', '--client-id', 'ostiary']

test('G6 an identity provider is added with its secret from stdin, and the secret is shown nowhere', async () => {
  const { ostiary, changes } = rig()
  const more = ['--domains', 'Example.com', '--provisioning', 'by-domain', '--client-secret-file', '-']
  const rules = ['--groups-claim', 'groups', '--group', 'a=b=team:ops,role:admin', '--group', 'all=team:everyone']
  const ran = await ostiary(...add, ...more, ...rules)
  expect(changes()[0]?.body).toEqual({
    ...{ slug: 'company', issuer: 'https://login.example.com', clientId: 'ostiary', clientSecret: secret },
    ...{ domains: ['example.com'], provisioning: 'by-domain', groupsClaim: 'groups' },
    groups: [
      { group: 'a=b', team: 'ops', role: 'admin' },
      { group: 'all', team: 'everyone' },
    ],
  })
  expect(ran.out).toMatch(/^redirect URI +https:\/\/control\.example\/sign-in\/callback\/idp_AAAAAAAAAAAAAAAA$/m)
  expect(`${ran.out}${ran.err}`).not.toContain(secret)
})

test('identity providers are listed, shown, changed, looked at and deleted', async () => {
  const { ostiary, changes } = rig()
  expect((await ostiary('identity-providers', 'list')).out).toMatch(/^company +https:\S+ +example\.com +active$/m)
  expect((await ostiary('identity-providers', 'show', 'company')).out).toMatch(/^groups +a=b team:ops role:admin$/m)
  await ostiary(
    'identity-providers',
    'update',
    'company',
    '--state',
    'disabled',
    '--no-client-secret',
    '--group',
    'none',
  )
  expect(changes()[0]?.body).toEqual({ state: 'disabled', clientSecret: null, groups: [] })
  expect(await ostiary('identity-providers', 'test', 'company')).toMatchObject({
    code: 0,
    out: 'It answers.\nPeople are sent to https://login.example.com/auth\n',
    err: 'Rules name teams that are not there: gone\n',
  })
  expect((await rig({ works: false }).ostiary('identity-providers', 'test', 'company')).code).toBe(1)
  expect((await ostiary('identity-providers', 'delete', 'company')).out).toBe('company is deleted\n')
})

test.each([
  [[...add], 'Give --issuer, --client-id and --domains.'],
  [[...add, '--domains', 'nonsense'], '--domains must be'],
  [[...add, '--domains', 'example.com', '--default-role', 'owner'], '--default-role must be'],
  [[...add, '--domains', 'example.com', '--group', 'a=role:owner'], '--group must be'],
  [[...add, '--domains', 'example.com', '--group', 'nonsense'], '--group must be'],
  [[...add, '--domains', 'example.com', '--second-factor', 'maybe'], '--second-factor must be'],
  [['identity-providers', 'update', 'company'], 'Nothing to change was given'],
])('a slip is one sentence and no call: %j', async (args, sentence) => {
  const { ostiary, sent } = rig()
  const ran = await ostiary(...args)
  expect([ran.code, sent.length]).toEqual([2, 0])
  expect(ran.err).toContain(sentence)
})
