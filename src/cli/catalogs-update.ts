import { CatalogPatch } from '../catalogs/schema.ts'
import { type CatalogFields, catalogs } from './catalog-facts.ts'
import { type Change, type ChangeOptions, changeOne } from './change-one.ts'
import { type Control, usage } from './control.ts'
import type { Exit } from './exit.ts'
import { inputOf, names, present, sentences, together, yesOrNo } from './input.ts'
import { members, peopleIn } from './member-ids.ts'
import { isChanged, isRelative, type SetChange, setAfter, setOf } from './sets.ts'
import type { Terminal } from './terminal.ts'
import type { Given } from './values.ts'

export type CatalogsUpdateOptions = ChangeOptions & {
  readonly name?: string
  readonly slug?: string
  readonly servers?: string
  readonly addServer?: string
  readonly removeServer?: string
  readonly providers?: string
  readonly addProvider?: string
  readonly removeProvider?: string
  readonly everyone?: string
  readonly teams?: string
  readonly addTeam?: string
  readonly removeTeam?: string
  readonly members?: string
  readonly addMember?: string
  readonly removeMember?: string
}

export const catalogsUpdate = (terminal: Terminal, id: string, options: CatalogsUpdateOptions): Promise<Exit> =>
  changeOne(terminal, { resource: catalogs, id }, changesIn(options), plan, options)

type Typed = {
  readonly patch: CatalogPatch
  readonly everyone: boolean | undefined
  readonly servers: SetChange
  readonly providers: SetChange
  readonly teams: SetChange
  readonly members: SetChange
}

function changesIn(options: CatalogsUpdateOptions): Given<Typed> {
  const { name, slug } = options
  const said = { slug: sentences.slug('--slug'), name: sentences.name('--name') }
  const patch = inputOf(CatalogPatch, { name, slug }, said)
  if (!patch.ok) return patch
  const everyone = yesOrNo('--everyone', options.everyone)
  if (!everyone.ok) return everyone
  const sets = setsIn(options)
  if (!sets.ok) return sets
  const isNothing = Object.values(sets.value).every((set) => !isChanged(set)) && everyone.value === undefined
  if (isNothing && Object.keys(patch.value).length === 0)
    return usage('Nothing to change was given; --help names what can be.')
  return { ok: true, value: { patch: patch.value, everyone: everyone.value, ...sets.value } }
}

type Sets = Pick<Typed, 'servers' | 'providers' | 'teams' | 'members'>

function setsIn(it: CatalogsUpdateOptions): Given<Sets> {
  const servers = setOf(
    names,
    ['--servers', it.servers],
    ['--add-server', it.addServer],
    ['--remove-server', it.removeServer],
  )
  if (!servers.ok) return servers
  const providers = setOf(
    names,
    ['--providers', it.providers],
    ['--add-provider', it.addProvider],
    ['--remove-provider', it.removeProvider],
  )
  if (!providers.ok) return providers
  const teams = setOf(names, ['--teams', it.teams], ['--add-team', it.addTeam], ['--remove-team', it.removeTeam])
  if (!teams.ok) return teams
  const people = setOf(
    members,
    ['--members', it.members],
    ['--add-member', it.addMember],
    ['--remove-member', it.removeMember],
  )
  if (!people.ok) return people
  return {
    ok: true,
    value: { servers: servers.value, providers: providers.value, teams: teams.value, members: people.value },
  }
}

/** The audience is replaced as a whole, so what was not named of it has to come from the catalog as it is. */
async function plan(control: Control, typed: Typed): Promise<Given<Change<CatalogFields>>> {
  const people = await peopleIn(control, typed.members)
  if (!people.ok) return people
  const { patch, everyone, servers, providers, teams } = typed
  const isForOthers = everyone !== undefined || isChanged(teams) || isChanged(people.value)
  if (!isForOthers && !isRelative(servers) && !isRelative(providers))
    return { ok: true, value: { ...patch, ...present({ servers: servers.whole, providers: providers.whole }) } }
  const change: Change<CatalogFields> = ({ item, refs }) => {
    const { audience } = item
    const after = (before: readonly string[], set: SetChange) => setAfter(before, set, refs)
    const heard = together({ teams: after(audience.teams, teams), members: after(audience.members, people.value) })
    if (!heard.ok) return heard
    const held = together({
      ...(isChanged(servers) ? { servers: after(item.servers, servers) } : {}),
      ...(isChanged(providers) ? { providers: after(item.providers, providers) } : {}),
    })
    if (!held.ok) return held
    const whole = { audience: { everyone: everyone ?? audience.everyone, ...heard.value } }
    return { ok: true, value: { ...patch, ...held.value, ...(isForOthers ? whole : {}) } }
  }
  return { ok: true, value: change }
}
