import { NewTeam } from '../people/schema.ts'
import type { Exit } from './exit.ts'
import { inputOf, sentences } from './input.ts'
import { makeOne } from './make-one.ts'
import { memberIdsOf, members } from './member-ids.ts'
import type { Style } from './print.ts'
import { teams } from './team-facts.ts'
import type { Terminal } from './terminal.ts'
import type { Given } from './values.ts'

export type TeamsCreateOptions = Style & { readonly name?: string; readonly members?: string }

export const teamsCreate = (terminal: Terminal, slug: string, options: TeamsCreateOptions): Promise<Exit> =>
  makeOne(
    terminal,
    { resource: teams },
    newTeam(slug, options),
    async (control, { team, whom }) => {
      if (whom === undefined) return { ok: true, value: team }
      const ids = await memberIdsOf(control, whom)
      return ids.ok ? { ok: true, value: { ...team, members: ids.value } } : ids
    },
    options,
  )

type Typed = { readonly team: Omit<NewTeam, 'members'>; readonly whom: string[] | undefined }

function newTeam(slug: string, { name, members: named }: TeamsCreateOptions): Given<Typed> {
  const whom = members('--members', named)
  if (!whom.ok) return whom
  const said = { slug: sentences.slug('The <slug>'), name: sentences.name('--name') }
  const team = inputOf(NewTeam.omit({ members: true }), { slug, name }, said)
  return team.ok ? { ok: true, value: { team: team.value, whom: whom.value } } : team
}
