import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ControlRoute } from '../src/control/call.ts'
import { rightsTable } from '../src/people/rights.data.ts'
import { type Permission, Role } from '../src/people/schema.ts'
import { onEachStore } from './stores.ts'
import {
  another,
  bodyOf,
  codeWithin,
  fitting,
  freshFor,
  hasView,
  homeOf,
  type Ids,
  isForBrowsers,
  isList,
  isNarrowed,
  isOwnFirst,
  type Kind,
  kindIn,
  lineOf,
  lines,
  nobodys,
  paramsOf,
  readying,
  routes,
} from './tenants/calls.ts'
import { type Answer, type Running, startControl } from './tenants/control.ts'
import { createPeople, type Person } from './tenants/people.ts'

/** Ids, and what stands behind one of them in a path. */
type Sent = Ids & { readonly held?: Record<string, string> }

/** Calls that ask for more than the right in front of them. */
const narrower: Readonly<Record<string, Partial<Record<Role, string>>>> = {
  // Names of servers and keys stand in it: it also takes the right to read all of those.
  'GET /projects/:id/uses': { member: 'not_permitted' },
  // No gateway is attached here.
  'POST /servers/:id/test': { owner: 'busy', admin: 'busy' },
  // Whoever was made here has none.
  'DELETE /members/:id/second-factor': { owner: 'not_found', admin: 'not_found' },
  // Whoever asked withdraws; whoever decides says yes or no.
  'POST /access-requests/:id/withdraw': { owner: 'not_permitted', admin: 'not_permitted' },
  'POST /access-requests/:id/approve': { member: 'not_permitted' },
  'POST /access-requests/:id/refuse': { member: 'not_permitted' },
}

/** Open to everybody, and answered with nothing to whoever has no link that is his. */
const leadsNowhere: ReadonlySet<string> = new Set(['POST /claims'])

/** Null: no role and no scope is enough for it. */
const permissionOf = ({ needs: { right } }: ControlRoute): Permission | null =>
  right === 'operator' || right === 'session' || right === 'first-factor' || right === 'public' || right === 'anyone'
    ? null
    : right

onEachStore('every call of control', (_open, stores) => {
  let control: Running
  let people: Awaited<ReturnType<typeof createPeople>>
  beforeAll(async () => {
    control = await startControl(stores)
    people = await createPeople(control)
  })
  afterAll(() => control?.stop())

  const ask = async (token: string | null, route: ControlRoute, ids: Sent): Promise<Answer> => {
    const kind = kindIn(route.path)
    const params = kind === null ? nobodys : paramsOf(route.path, ids[kind], ids.held)
    const where = route.path.replace(/:(\w+)/g, (_, name) => params[name] ?? '')
    const answer = await control.ask(token, `${route.method} ${where}`, bodyOf(lineOf(route), ids, another('made')))
    return { ...answer, code: answer.code ?? codeWithin(answer.body) }
  }
  /** Something of this person's that may be changed or be gone after the call. */
  const fresh = async (route: ControlRoute, person: Person, ids: Ids): Promise<Sent> => {
    const kind = kindIn(route.path)
    const whole = freshFor(lineOf(route))
    if (whole) return { ...ids, [whole]: await people.make(whole, person, ids) }
    const isUsedUp = kind !== null && route.method !== 'GET'
    if (!isUsedUp) return ids
    const fit = fitting[lineOf(route)]?.(ids, another('fit'))
    // Made for him by somebody else.
    const id = fit
      ? (await control.done(control.operator, 'POST /keys', fit)).key.id
      : await people.make(kind, person, ids)
    const [readied, body] = readying[lineOf(route)] ?? [null, {}]
    const made = readied ? await control.done(control.operator, readied.replace(':id', id), body) : {}
    return { ...ids, [kind]: id, ...(made.child ? { held: { child: made.child.id } } : {}) }
  }
  /** What is his own: himself, where it is about a person. */
  const freshOf = (route: ControlRoute, person: Person): Sent | Promise<Sent> =>
    kindIn(route.path) === 'member' ? { ...people.own, member: person.member } : fresh(route, person, people.own)
  const listed = (answer: Answer): string[] => answer.body.items.map(({ id }: { id: string }) => id)
  const kindListed = ({ path }: ControlRoute): Kind | undefined =>
    (Object.keys(homeOf) as Kind[]).find((kind) => homeOf[kind] === path)

  const refusesAllOthers = async (route: ControlRoute): Promise<void> => {
    const { theirs, refused, without } = people
    const isPublic = route.needs.right === 'public'
    const comes = async (token: string | null) => (await ask(token, route, theirs)).code
    for (const [name, token] of Object.entries({ stranger: null, expired: refused.expired, left: refused.left })) {
      if (isPublic) expect(await comes(token), name).not.toBe('not_signed_in')
      else expect(await comes(token), name).toBe('not_signed_in')
    }
    expect(await comes(refused.key), 'a key').toBe('key_kind')
    if (isPublic || route.needs.right === 'anyone') return
    const right = permissionOf(route)
    expect(await comes(await without(right)), 'all scopes but this').toBe('not_permitted')
    if (right === null) {
      for (const role of Role.options) expect(await comes(people.roles[role].token), role).toBe('not_permitted')
      expect(await comes(people.foreign), 'foreign').toBe('not_permitted')
    } else
      for (const role of Role.options.filter((one) => rightsTable[right][one] === 'none'))
        expect(await comes(people.roles[role].token), role).toBe('not_permitted')
  }

  const meetsForeign = async (route: ControlRoute): Promise<void> => {
    const { theirs, own } = people
    const answer = await ask(people.foreign, route, theirs)
    const body = bodyOf(lineOf(route), theirs, 'x')
    const isNamed = Object.values(theirs).some((id) => JSON.stringify(body ?? null).includes(id))
    if (kindIn(route.path) !== null) expect(answer.code, 'foreign').toBe('not_found')
    else if (isNamed) expect(answer.code, 'foreign').toBeOneOf(['not_found', 'invalid'])
    else if (leadsNowhere.has(lineOf(route))) expect(answer.code, 'foreign').toBe('not_found')
    else if (isForBrowsers(route)) expect(answer.code, 'foreign').toBe('not_permitted')
    else if (!['operator', 'public'].includes(route.needs.right)) expect(answer.code, 'foreign').toBeNull()
    for (const id of [...Object.values(theirs), ...Object.values(own)])
      if (route.method === 'GET') expect(answer.text).not.toContain(id)
  }

  /** What each role may do by the table, on what is somebody else's and on what is its own. */
  const followsTable = async (route: ControlRoute, right: Permission): Promise<void> => {
    const { theirs, own, other, roles } = people
    for (const role of Role.options) {
      const reach = rightsTable[right][role]
      if (reach === 'none') continue
      const expected = narrower[lineOf(route)]?.[role] ?? null
      const { token } = roles[role]
      const onTheirs = await ask(token, route, await fresh(route, other, theirs))
      if (reach === 'all') {
        expect([role, onTheirs.code, onTheirs.code && onTheirs.text]).toEqual([
          role,
          expected,
          expected && onTheirs.text,
        ])
        if (expected === null) expect(onTheirs.status).toBe(route.status ?? 200)
        const kind = kindListed(route)
        if (isList(route) && kind && !isOwnFirst(route)) expect(listed(onTheirs)).toContain(theirs[kind])
        continue
      }
      const mine = isNarrowed(route) ? onTheirs : await ask(token, route, await freshOf(route, roles[role]))
      expect([role, mine.code, mine.code && mine.text]).toEqual([role, expected, expected && mine.text])
      if (isNarrowed(route)) {
        const kind = kindListed(route)
        if (kind && role === 'member') expect(listed(mine)).toContain(own[kind])
        for (const id of [theirs.key, theirs.app, theirs.team, theirs.member, theirs.managementToken])
          expect(mine.text, role).not.toContain(id)
      } else if (kindIn(route.path) !== null) expect(onTheirs.code, role).toBe('not_found')
      else expect(onTheirs.code, role).toBeOneOf(['not_found', 'invalid', 'not_permitted'])
    }
  }

  const shown = async (kind: Kind): Promise<string> => {
    const { theirs, other } = people
    const where = hasView(kind) ? `/${theirs[kind]}` : `?member=${other.member}`
    return (await control.ask(control.operator, `GET ${homeOf[kind]}${where}`)).text
  }

  test('the table of calls is what is mounted', async () => {
    const { paths } = await control.done(control.operator, 'GET /openapi.json')
    const mounted = Object.entries<object>(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map(
        (method) => `${method.toUpperCase()} ${path.replace('/api/v1', '').replace(/\{(\w+)\}/g, ':$1')}`,
      ),
    )
    expect(mounted.toSorted()).toEqual(lines.toSorted())
    expect(mounted.length).toBeGreaterThan(50)
  })

  test.each(routes.map((route) => [lineOf(route), route] as const))(
    'B22 G10 %s answers whom the table of rights names, about what it names, and nobody else',
    async (_, route) => {
      const kind = kindIn(route.path)
      const before = kind && (await shown(kind))
      await refusesAllOthers(route)
      await meetsForeign(route)
      if (kind) expect(await shown(kind)).toBe(before)
      const { right } = route.needs
      if (right === 'operator') {
        const answer = await ask(control.operator, route, people.theirs)
        expect([answer.status, answer.code]).toEqual([route.status ?? 200, null])
      } else if (right === 'anyone') {
        for (const { token } of Object.values(people.roles))
          expect((await ask(token, route, people.theirs)).code).toBe(
            leadsNowhere.has(lineOf(route)) ? 'not_found' : null,
          )
      } else {
        const permission = permissionOf(route)
        if (permission) await followsTable(route, permission)
      }
      expect(control.failures).toEqual([])
    },
  )
})
