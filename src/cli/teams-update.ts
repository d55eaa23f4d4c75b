import { TeamPatch } from '../people/schema.ts'
import { type Change, type ChangeOptions, changeOne } from './change-one.ts'
import { type Control, usage } from './control.ts'
import type { Exit } from './exit.ts'
import { inputOf, present, sentences } from './input.ts'
import { members, peopleIn } from './member-ids.ts'
import { isChanged, isRelative, type SetChange, setAfter, setOf } from './sets.ts'
import { type TeamFields, teams } from './team-facts.ts'
import type { Terminal } from './terminal.ts'
import type { Given } from './values.ts'

export type TeamsUpdateOptions = ChangeOptions & {
  readonly name?: string
  readonly slug?: string
  readonly members?: string
  readonly add?: string
  readonly remove?: string
}

export const teamsUpdate = (terminal: Terminal, id: string, options: TeamsUpdateOptions): Promise<Exit> =>
  changeOne(terminal, { resource: teams, id }, changesIn(options), plan, options)

type Typed = { readonly team: Omit<TeamPatch, 'members'>; readonly people: SetChange }

function changesIn({ name, slug, ...lists }: TeamsUpdateOptions): Given<Typed> {
  const set = setOf(members, ['--members', lists.members], ['--add', lists.add], ['--remove', lists.remove])
  if (!set.ok) return set
  const people = set.value
  if (!isChanged(people) && Object.keys(present({ name, slug })).length === 0)
    return usage('Nothing to change was given; --help names what can be.')
  const said = { slug: sentences.slug('--slug'), name: sentences.name('--name') }
  const team = inputOf(TeamPatch.omit({ members: true }), { slug, name }, said)
  return team.ok ? { ok: true, value: { team: team.value, people } } : team
}

async function plan(control: Control, { team, people }: Typed): Promise<Given<Change<TeamFields>>> {
  const known = await peopleIn(control, people)
  if (!known.ok) return known
  if (!isChanged(people)) return { ok: true, value: team }
  if (!isRelative(people)) return { ok: true, value: { ...team, members: known.value.whole } }
  const change: Change<TeamFields> = ({ item, refs }) => {
    const after = setAfter(item.members, known.value, refs)
    return after.ok ? { ok: true, value: { ...team, members: after.value } } : after
  }
  return { ok: true, value: change }
}
