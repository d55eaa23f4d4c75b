import { MemberStatus, Role } from '../people/schema.ts'
import { usage } from './control.ts'
import type { Exit } from './exit.ts'
import { filteredBy, type ListOptions, printList } from './list.ts'
import { members } from './member-facts.ts'
import { wrongRole } from './members-add.ts'
import { printFailure } from './print.ts'
import type { Terminal } from './terminal.ts'
import { isOneOf } from './values.ts'

export type MembersListOptions = ListOptions & { readonly role?: string; readonly status?: string }

export async function membersList(terminal: Terminal, options: MembersListOptions): Promise<Exit> {
  const { role, status } = options
  if (role !== undefined && !isOneOf(Role.options, role)) return printFailure(terminal, usage(wrongRole(role)), options)
  if (status !== undefined && !isOneOf(MemberStatus.options, status))
    return printFailure(terminal, usage(wrongStatus(status)), options)
  return printList(terminal, members, options, filteredBy({ role, status }))
}

const wrongStatus = (status: string): string => `--status must be ${MemberStatus.options.join(', ')}, not "${status}".`
