import type { GivenRole, GroupRule, IdentityProviderView } from '../../../src/people/identity-providers/schema.ts'
import { newIdempotencyKey } from '../../api.ts'

/** One rule as it stands in the form; `key` tells rows apart while they are typed. */
export type TypedRule = {
  readonly key: string
  readonly group: string
  readonly team: string
  readonly role: GivenRole | null
}
/** What a person types about who comes in, for a new provider and for one that is there. */
export type TypedSettings = {
  readonly domains: readonly string[]
  readonly scopes: readonly string[]
  readonly provisioning: 'off' | 'by-domain'
  readonly defaultRole: GivenRole
  readonly secondFactor: boolean
  readonly groupsClaim: string
  readonly groups: readonly TypedRule[]
}

export const emptySettings: TypedSettings = {
  domains: [],
  scopes: ['openid', 'email', 'profile'],
  provisioning: 'off',
  defaultRole: 'member',
  secondFactor: false,
  groupsClaim: '',
  groups: [],
}

export const settingsOf = (provider: IdentityProviderView): TypedSettings => ({
  domains: provider.domains,
  scopes: provider.scopes,
  provisioning: provider.provisioning,
  defaultRole: provider.defaultRole,
  secondFactor: provider.secondFactor,
  groupsClaim: provider.groupsClaim ?? '',
  groups: provider.groups.map(({ group, team = '', role = null }) => ({
    key: newIdempotencyKey(),
    group,
    team,
    role,
  })),
})

const ruleOf = ({ group, team, role }: TypedRule): GroupRule => ({
  group: group.trim(),
  ...(team === '' ? {} : { team }),
  ...(role === null ? {} : { role }),
})

/** As REST takes it; a row in which nothing was typed is none. */
export const bodyOf = (typed: TypedSettings) => ({
  domains: [...typed.domains],
  scopes: [...typed.scopes],
  provisioning: typed.provisioning,
  defaultRole: typed.defaultRole,
  secondFactor: typed.secondFactor,
  groups: typed.groups.filter(({ group }) => group.trim() !== '').map(ruleOf),
})
