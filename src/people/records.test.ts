import { beforeAll, expect, test } from 'vitest'
import { callRoute, createKeyring, granted, type Keyring } from '../../test/keyring.ts'
import { addOrganization, onEachStore } from '../../test/stores.ts'
import type { Database, Db } from '../db/database.ts'
import { memberRecord, memberRecords, teamRecord, teamRecords } from './records.ts'
import { peopleRoutes } from './routes.ts'
import { MemberRecord, TeamRecord, type TeamView } from './schema.ts'

const second = 'org_0000000000000002'

onEachStore('records of people', (open) => {
  let database: Database
  let ring: Keyring
  let call: ReturnType<typeof callRoute>
  type Record = { organization: string; id: string }
  type Reader<T extends Record> = (db: Db, only: string | null, after: Record | null, limit: number) => Promise<T[]>
  const all = async <T extends Record>(read: Reader<T>, only: string | null): Promise<T[]> =>
    database.system.read(async (db) => {
      const found: T[] = []
      for (;;) {
        const page = await read(db, only, found.at(-1) ?? null, 2)
        if (page.length === 0) return found
        found.push(...page)
      }
    })
  const inOrder = (records: readonly Record[]) => records.map(({ organization, id }) => `${organization} ${id}`)

  beforeAll(async () => {
    database = await open()
    ring = await createKeyring(database)
    call = callRoute(peopleRoutes(ring.peopleDeps))
    await addOrganization(database, second, 'second')
    for (const organizationId of [ring.first.organizationId, second]) {
      const owner = await ring.addMember('owner', organizationId)
      const members = [await ring.addMember('member', organizationId), await ring.addMember('auditor', organizationId)]
      for (const slug of ['a', 'b', 'c'])
        granted(await call(owner, 'POST /teams', { body: { slug, members: members.map((actor) => actor.memberId) } }))
    }
  })

  test('pages hold everybody of every organization once, or of the one that was asked for', async () => {
    const [everybody, ofSecond] = [await all(memberRecords, null), await all(memberRecords, second)]
    expect(everybody).toHaveLength(7)
    expect(ofSecond).toHaveLength(3)
    expect(inOrder(everybody)).toEqual(inOrder(everybody).toSorted())
    for (const record of everybody) expect(MemberRecord.parse(record)).toEqual(record)
    const [teams, teamsOfSecond] = [await all(teamRecords, null), await all(teamRecords, second)]
    expect([teams.length, teamsOfSecond.length]).toEqual([6, 3])
    expect(inOrder(teams)).toEqual(inOrder(teams).toSorted())
    for (const record of teams) expect(TeamRecord.parse(record)).toEqual(record)
    const people = new Map(everybody.map((record) => [record.id, record.organization]))
    for (const team of teams) {
      expect(team.members).toHaveLength(2)
      for (const id of team.members) expect(people.get(id)).toBe(team.organization)
    }
  })

  test('a record follows its object and is gone with it', async () => {
    const { organizationId } = ring.first
    const ada = await ring.addMember('member')
    const made = await call(ring.owner, 'POST /teams', { body: { slug: 'followed', members: [ada.memberId] } })
    const { team } = granted(made) as { team: TeamView }
    const read = () =>
      database.read(organizationId, async (db) => ({
        member: await memberRecord(db, organizationId, ada.memberId),
        team: await teamRecord(db, organizationId, team.id),
      }))
    const id = { params: { id: ada.memberId } }
    granted(await call(ring.owner, 'PATCH /members/:id', { ...id, body: { name: 'Ada' } }))
    expect(await read()).toMatchObject({
      member: { kind: 'member', name: 'Ada', revision: 2 },
      team: { kind: 'team', revision: 1, members: [ada.memberId] },
    })
    granted(await call(ring.owner, 'DELETE /members/:id', id))
    expect(await read()).toMatchObject({ member: null, team: { revision: 2, members: [] } })
    granted(await call(ring.owner, 'DELETE /teams/:id', { params: { id: team.id } }))
    expect(await read()).toEqual({ member: null, team: null })
    expect((await all(teamRecords, null)).map((record) => record.id)).not.toContain(team.id)
    expect((await all(memberRecords, null)).map((record) => record.id)).not.toContain(ada.memberId)
  })

  test('G10 a record is read in its own organization only', async () => {
    const [foreign] = await all(memberRecords, second)
    const [foreignTeam] = await all(teamRecords, second)
    const { organizationId } = ring.first
    expect(
      await database.system.read(async (db) => [
        await memberRecord(db, organizationId, foreign?.id ?? ''),
        await teamRecord(db, organizationId, foreignTeam?.id ?? ''),
      ]),
    ).toEqual([null, null])
  })
})
