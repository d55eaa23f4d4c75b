import fc from 'fast-check'
import { expect, test } from 'vitest'
import { teamsWith } from '../../access/backing.ts'
import { createMemberships } from './memberships.ts'

const members = ['ada', 'ben', 'eve', '__proto__']

test('B31 after any row of changes a member has the teams that name him now, and no other', () => {
  const changes = fc.array(fc.tuple(fc.constantFrom('red', 'blue', 'green'), fc.array(fc.constantFrom(...members))))
  fc.assert(
    fc.property(changes, (rows) => {
      const memberships = createMemberships()
      const teams = new Map<string, string[]>()
      for (const [team, now] of rows) {
        memberships.change(team, teams.get(team) ?? [], now)
        teams.set(team, now)
      }
      const held = [...teams].map(([id, names]) => ({ id, members: names }))
      for (const member of members) expect(memberships.of(member)).toEqual(teamsWith(member, held))
    }),
  )
})
