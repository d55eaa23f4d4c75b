import { NewMember, Role } from '../people/schema.ts'
import type { Exit } from './exit.ts'
import { inputOf, sentences } from './input.ts'
import { makeOne } from './make-one.ts'
import { members } from './member-facts.ts'
import { asTyped } from './perform.ts'
import type { Style } from './print.ts'
import type { Terminal } from './terminal.ts'

export type MembersAddOptions = Style & { readonly name?: string; readonly role?: string }

export const wrongRole = (role: string | undefined): string =>
  `--role must be one of ${Role.options.join(', ')}, not "${role}".`

export function membersAdd(terminal: Terminal, email: string, options: MembersAddOptions): Promise<Exit> {
  const { name, role } = options
  const typed = inputOf(
    NewMember,
    { email, name, role },
    {
      email: 'The <email> must be an e-mail address.',
      name: sentences.name('--name'),
      role: wrongRole(role),
    },
  )
  return makeOne(terminal, { resource: members }, typed, asTyped, options)
}
