import { MemberPatch } from '../people/schema.ts'
import { type ChangeOptions, changeOne } from './change-one.ts'
import type { Exit } from './exit.ts'
import { changesOf, sentences, yesOrNo } from './input.ts'
import { members } from './member-facts.ts'
import { wrongRole } from './members-add.ts'
import { asTyped } from './perform.ts'
import type { Terminal } from './terminal.ts'
import type { Given } from './values.ts'

export type MembersUpdateOptions = ChangeOptions & {
  readonly name?: string
  readonly role?: string
  readonly operator?: string
}

export const membersUpdate = (terminal: Terminal, id: string, options: MembersUpdateOptions): Promise<Exit> =>
  changeOne(terminal, { resource: members, id }, changesIn(options), asTyped, options)

function changesIn({ name, role, operator }: MembersUpdateOptions): Given<MemberPatch> {
  const isOperator = yesOrNo('--operator', operator)
  if (!isOperator.ok) return isOperator
  return changesOf(
    MemberPatch,
    { name, role, operator: isOperator.value },
    {
      name: sentences.name('--name'),
      role: wrongRole(role),
    },
  )
}
