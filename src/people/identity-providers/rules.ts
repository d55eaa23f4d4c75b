import type { Role } from '../schema.ts'
import type { GivenRole, GroupRule, Settings } from './schema.ts'

type Ruling = Pick<Settings, 'groups' | 'defaultRole'>

/** From most to least that one sees. */
const order: readonly GivenRole[] = ['admin', 'auditor', 'member']

/** The highest role that the groups give; null: none of them gives one. */
const givenBy = (rules: readonly GroupRule[], groups: ReadonlySet<string>): GivenRole | null =>
  order.find((role) => rules.some((rule) => rule.role === role && groups.has(rule.group))) ?? null

/** With what role somebody begins. */
export const firstRole = ({ groups: rules, defaultRole }: Ruling, groups: readonly string[] | null): GivenRole =>
  givenBy(rules, new Set(groups)) ?? defaultRole

/**
 * The role after a sign-in. A role that rules give is theirs to take as well, so whoever has left the group of the admins
 * is none any more; one that no rule gives was given here, and stays. Who is an owner is decided here alone.
 */
export function roleAfter({ groups: rules, defaultRole }: Ruling, groups: readonly string[] | null, role: Role): Role {
  if (groups === null || role === 'owner') return role
  const given = givenBy(rules, new Set(groups))
  if (given !== null) return given
  return rules.some((rule) => rule.role === role) ? defaultRole : role
}

/** Names of all teams that the rules speak of, and of those that the groups lead into. */
export function teamsOf({ groups: rules }: Pick<Settings, 'groups'>, groups: readonly string[]) {
  const held = new Set(groups)
  const named = (some: readonly GroupRule[]): string[] => [...new Set(some.flatMap(({ team }) => team ?? []))]
  return { spokenOf: named(rules), wanted: named(rules.filter(({ group }) => held.has(group))) }
}
