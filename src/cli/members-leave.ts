import { usage } from './control.ts'
import type { Exit } from './exit.ts'
import { members } from './member-facts.ts'
import type { Terminal } from './terminal.ts'
import type { Given } from './values.ts'
import { nothing, type VerbOptions, verbOne } from './verb-one.ts'

const asides = {
  deactivate:
    'Nobody comes in as this person any more. ostiary members activate takes it back; ostiary members transfer hands keys and apps to somebody else.\n',
  activate: 'What had been suspended because of it works again. Sessions and links have ended for good.\n',
} as const

/** Keeps a person out, or lets one in again, and says where that already bites. */
export const membersTurn =
  (verb: keyof typeof asides) =>
  (terminal: Terminal, id: string, options: VerbOptions): Promise<Exit> => {
    const force = verb === 'deactivate' ? 'refused' : 'in effect'
    return verbOne(
      terminal,
      { resource: members, id },
      { path: verb, force, aside: asides[verb] },
      said(options),
      options,
    )
  }

const said = ({ reason }: VerbOptions): Given<object> =>
  reason !== undefined && reason.length > 2000 ? usage('--reason must be 2000 characters at most.') : nothing
