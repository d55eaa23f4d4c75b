import { InvitationState } from '../people/invitations/schema.ts'
import { usage } from './control.ts'
import type { Exit } from './exit.ts'
import { invitations } from './invitation-facts.ts'
import { filteredBy, type ListOptions, printList } from './list.ts'
import { printFailure } from './print.ts'
import type { Terminal } from './terminal.ts'
import { isOneOf } from './values.ts'

export type InvitationsListOptions = Omit<ListOptions, 'search'> & { readonly state?: string }

export async function invitationsList(terminal: Terminal, options: InvitationsListOptions): Promise<Exit> {
  const { state } = options
  if (state !== undefined && !isOneOf(InvitationState.options, state)) {
    const wrong = `--state must be one of ${InvitationState.options.join(', ')}, not "${state}".`
    return printFailure(terminal, usage(wrong), options)
  }
  return printList(terminal, invitations, options, filteredBy({ state }))
}
