import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checks } from '../src/access/checks.ts'
import { all, closed, lineOf, none, only, type Peopled, startPeopled, verdictOf, whoAmI } from './peopled.ts'
import type { Answer, Json } from './product.ts'
import { eventually } from './programs.ts'
import { addTenant, type Tenant } from './seed.ts'
import { stores } from './store-kinds.ts'

/** Why a call was refused: on the wire, in the log, and to whoever may see the key. */

type Mcp = { readonly enabled?: boolean; readonly servers: Json; readonly toolsDefault?: Json }
type Cause = {
  readonly check: string
  readonly status: number
  readonly code: string
  /** As log and explain have it; on the wire only where it gives nothing away. */
  readonly rule: string
  readonly isHidden?: boolean
  /** What is wrong with the key, or which server is called. */
  readonly key?: Json
  readonly mcp?: Partial<Mcp>
  readonly server?: string
}

/** In the order of the checks. */
const causes: readonly Cause[] = [
  { check: 'standing', status: 401, code: 'key_inactive', rule: 'key.state', key: { active: false } },
  { check: 'gateway', status: 401, code: 'gateway_not_allowed', rule: 'key.gateways', key: { gateways: none } },
  {
    check: 'address',
    status: 403,
    code: 'address_not_allowed',
    rule: 'key.addresses',
    key: { addresses: { mode: 'only', cidrs: ['192.0.2.0/24'] } },
  },
  {
    check: 'environment',
    status: 403,
    code: 'environment_mixed',
    rule: 'key.projects',
    key: { projects: ['here', 'live'], mixedEnvironments: 'Both, for now' },
  },
  { check: 'kind', status: 403, code: 'mcp_disabled', rule: 'key.mcp.enabled', mcp: { enabled: false } },
  { check: 'target', status: 403, code: 'server_not_allowed', rule: 'server', server: 'nowhere' },
  {
    check: 'project',
    status: 403,
    code: 'server_not_allowed',
    rule: 'key.projects',
    isHidden: true,
    key: { projects: [] },
  },
  {
    check: 'choice',
    status: 403,
    code: 'server_not_allowed',
    rule: 'key.mcp.servers',
    isHidden: true,
    mcp: { servers: none },
  },
  {
    check: 'catalog',
    status: 403,
    code: 'server_not_allowed',
    rule: 'owner.catalogs',
    isHidden: true,
    server: 'hidden',
  },
  {
    check: 'tool',
    status: 200,
    code: 'tool_not_allowed',
    rule: 'key.mcp.tools',
    isHidden: true,
    mcp: { toolsDefault: none },
  },
]
/** Two that are said in the same place cannot both be. */
const meet = (one: Cause, other: Cause): boolean =>
  !(one.server && other.server) && !(one.key?.projects && other.key?.projects)
const pairs = causes.flatMap((first, at) =>
  causes
    .slice(at + 1)
    .filter((second) => meet(first, second))
    .map((second) => ({ first, second })),
)
const publicRule = ({ isHidden, code, rule }: Cause) => (isHidden ? code.split('_')[0] : rule)

describe.each(stores)('on %s', (store) => {
  let of: Peopled
  let theirs: Tenant
  let gateway: string
  let member: string
  beforeAll(async () => {
    of = await startPeopled(store)
    member = (await of.see('/me')).member.id
    await of.make('/projects', { slug: 'here' })
    await of.make('/projects', { slug: 'live', tier: 'production' })
    const { transport } = await of.server('wiki', { project: 'here', catalogs: ['everyone'] })
    await of.server('hidden', { project: 'here' })
    theirs = await addTenant(of.product, transport.url, 'theirs')
    gateway = (await of.see('/gateways')).items[0].id
  })
  afterAll(() => of?.stop())

  const asAsked = (spoilt: readonly Cause[]) => ({
    ...Object.assign({ projects: ['here'] }, ...spoilt.map((cause) => cause.key ?? {})),
    mcp: Object.assign({ servers: all }, ...spoilt.map((cause) => cause.mcp ?? {})),
  })
  const serverOf = (spoilt: readonly Cause[]) => spoilt.find((cause) => cause.server)?.server ?? 'wiki'
  /** Written while the policy allows it, met when it does so no more. */
  const underPolicy = async <T>({ mixedEnvironments }: Json, write: () => Promise<T>): Promise<T> => {
    if (mixedEnvironments) await of.change('PATCH', '/policies', { mixedEnvironments: 'with-reason' })
    const written = await write()
    if (mixedEnvironments) await of.change('PATCH', '/policies', { mixedEnvironments: 'refused' })
    return written
  }
  const spoil = (cause: Cause) => underPolicy(cause.key ?? {}, () => of.key(asAsked([cause])))
  const explain = async (key: string, server: string, tool = 'any', token?: string): Promise<Answer> =>
    of.product.rest(
      'POST',
      '/access/explain',
      { key, call: { kind: 'mcp', server, tool }, address: '127.0.0.1', gateway },
      token === undefined ? {} : { authorization: `Bearer ${token}` },
    )
  const logged = (answer: Answer): Promise<Json> =>
    eventually(() => lineOf(of.product, answer.headers.get('x-request-id')), 'the line of the call comes')

  /** Who lacks a right hears who could give it, and where to ask; a key that is off or elsewhere is no matter of rights. */
  const wayToAsk = () => ({
    grantedBy: 'an owner or admin of Default organization',
    ask: `${of.product.controlUrl}/api/v1/access-requests`,
  })
  /** What the caller hears, what the log has, and what explain says, of one call. */
  const compare = async (key: { id: string; secret: string; key: Json }, server: string, cause: Cause) => {
    const answer = await of.call(server, key.secret)
    const requestId = answer.headers.get('x-request-id')
    expect(requestId).toMatch(/^req_[0-9A-Za-z]{16}$/)
    expect([answer.status, answer.body.error.data]).toEqual([
      cause.status,
      {
        code: cause.code,
        rule: publicRule(cause),
        revision: key.key.revision,
        requestId,
        ...(cause.status === 401 ? {} : wayToAsk()),
      },
    ])
    const line = await logged(answer)
    expect(line).toMatchObject({ code: cause.code, rule: cause.rule, status: cause.status, key: key.id, owner: member })
    const { body } = await explain(key.id, server)
    const { code, rule, ruleRevision: revision } = line
    expect(body).toMatchObject({ allowed: false, code, rule, revision, reason: expect.any(String), duties: [] })
    return body.trace.filter(({ passed }: Json) => !passed).map(({ check }: Json) => check)
  }

  test.each(causes)(
    'D59 M4 G12 $check: $code by $rule, the same on the wire, in the log under the same request id, and in explain',
    async (cause) => {
      const failed = await compare(await spoil(cause), serverOf([cause]), cause)
      expect(failed[0]).toBe(cause.check)
    },
  )

  test.runIf(store === 'sqlite')(
    'D59 of two reasons the one that comes first in the documented order is told, and explain knows both',
    async () => {
      const order = checks.map(({ name }) => name)
      expect(causes.map(({ check }) => order.indexOf(check))).toEqual(
        causes.map(({ check }) => order.indexOf(check)).toSorted((one, other) => one - other),
      )
      const usable = await of.key({ mcp: { servers: all } })
      const switchedOff = await of.key({ active: false, mcp: { servers: all } })
      const perfect = { gateways: null, addresses: null, mixedEnvironments: null }
      for (const { first, second } of pairs) {
        const key = first.check === 'standing' ? switchedOff : usable
        const server = serverOf([first, second])
        const { active: _, ...asked } = { ...perfect, ...asAsked([first, second]) }
        await underPolicy(asked, () => of.change('PATCH', `/keys/${key.id}`, asked))
        const answer = await of.call(server, key.secret)
        const what = `${first.check} before ${second.check}`
        expect(verdictOf(answer), what).toEqual([first.status, first.code])
        const { body } = await explain(key.id, server)
        const failed = body.trace.filter(({ passed }: Json) => !passed).map(({ check }: Json) => check)
        expect([body.code, body.rule, failed[0]], what).toEqual([first.code, first.rule, first.check])
        // Of a server that does not exist nothing more is to be said.
        if (first.check !== 'target') expect(failed, what).toContain(second.check)
      }
    },
    60_000,
  )

  test('G12 a refusal at the door stands in the log with the rule and the owner: a revoked key, a secret that was replaced', async () => {
    const revoked = await of.key({ mcp: { servers: all } })
    await of.change('POST', `/keys/${revoked.id}/revoke`, {})
    const over = await of.call('wiki', revoked.secret)
    expect(verdictOf(over)).toEqual([401, 'key_revoked'])
    expect(await logged(over)).toMatchObject({ code: 'key_revoked', rule: 'key.state', key: revoked.id, owner: member })

    const app = await of.make('/apps', { name: 'Robot', project: 'here', toolsDefault: all })
    await of.change('POST', `/apps/${app.app.id}/regenerate-key`, {})
    const replaced = await of.call('wiki', app.secret)
    expect(replaced.body.error.data).toMatchObject({ code: 'key_revoked', rule: 'key.secrets' })
    expect(await logged(replaced)).toMatchObject({ rule: 'key.secrets', key: app.key.id, owner: app.app.id })
  })

  test('B31 M4 a right that the owner has lost is named with the record that took it, to whoever may see the key only', async () => {
    const ada = await of.person('ada')
    await of.server('shared', { project: 'here' })
    await of.make('/catalogs', { slug: 'shared', servers: ['shared'], audience: { members: [ada.id] } })
    const key = await of.key({ projects: ['here'], mcp: { servers: only('shared') } }, ada.token)
    const { body: before } = await explain(key.id, 'shared', 'any', ada.token)
    expect([before.allowed, before.code, before.trace.length]).toEqual([true, null, checks.length])
    await of.change('PATCH', '/catalogs/shared', { audience: null })

    const answer = await of.call('shared', key.secret)
    expect(verdictOf(answer)).toEqual(closed)
    expect(answer.text).not.toContain('catalog')
    const line = await logged(answer)
    expect(line).toMatchObject({ rule: 'owner.catalogs', owner: ada.id })
    const { body: after } = await explain(key.id, 'shared', 'any', ada.token)
    expect(after).toMatchObject({ allowed: false, code: line.code, rule: line.rule, revision: line.ruleRevision })
    expect(after.reason).toMatch(/catalog/)

    const bo = await of.person('bo')
    for (const stranger of [bo.token, theirs.managementToken]) {
      const refused = await explain(key.id, 'shared', 'any', stranger)
      expect([refused.status, refused.body.code]).toEqual([404, 'not_found'])
    }
    expect((await explain(theirs.key.id, 'wiki')).status).toBe(404)
  })

  test('G12 on /api/me a refusal has code, rule and revision as well', async () => {
    const { secret, key } = await of.key({ gateways: none })
    const { status, body, headers } = await whoAmI(of.product.gatewayUrl, secret)
    expect(status).toBe(401)
    expect(body).toMatchObject({
      code: 'gateway_not_allowed',
      rule: 'key.gateways',
      revision: key.revision,
      requestId: headers.get('x-request-id'),
    })
  })

  test('M4 a yes is explained as well: nothing refused, every check asked, no duty', async () => {
    const key = await of.key({ projects: ['here'], mcp: { servers: all } })
    expect((await of.call('wiki', key.secret)).status).toBe(200)
    const { body } = await explain(key.id, 'wiki')
    expect(body).toMatchObject({ allowed: true, code: null, rule: null, revision: null, reason: null, duties: [] })
    expect(body.trace.map(({ check, passed }: Json) => [check, passed])).toEqual(checks.map(({ name }) => [name, true]))
  })
})
