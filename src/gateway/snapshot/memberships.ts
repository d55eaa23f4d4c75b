/**
 * The teams of each member, kept up with every change. To look through all teams for one member cost a second, once
 * all 2,000 members of an organization with 1,000 teams had a stream open that a change made us judge anew.
 */
export type Memberships = {
  readonly of: (member: string) => ReadonlySet<string>
  readonly change: (team: string, before: readonly string[], now: readonly string[]) => void
}

const none: ReadonlySet<string> = new Set()

export function createMemberships(): Memberships {
  const teams = new Map<string, Set<string>>()
  return {
    of: (member) => teams.get(member) ?? none,
    change: (team, before, now) => {
      for (const member of before) {
        const held = teams.get(member)
        held?.delete(team)
        if (held?.size === 0) teams.delete(member)
      }
      for (const member of now) teams.set(member, (teams.get(member) ?? new Set()).add(team))
    },
  }
}
