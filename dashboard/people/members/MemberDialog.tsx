import type { MemberView } from '../../../src/people/schema.ts'
import { InviteAgain } from '../invitations/InviteAgain.tsx'
import { DeactivateMember } from './DeactivateMember.tsx'
import { EditMember } from './EditMember.tsx'
import type { MemberVerb } from './MemberMenu.tsx'
import { ActivateMember, EndSessions, RemoveMember, TurnFactorOffOf } from './MemberVerbs.tsx'
import { ResetPassword } from './ResetPassword.tsx'

const dialogs = {
  edit: EditMember,
  activate: ActivateMember,
  deactivate: DeactivateMember,
  remove: RemoveMember,
  'end-sessions': EndSessions,
  'reset-password': ResetPassword,
  'factor-off': TurnFactorOffOf,
  'invite-again': InviteAgain,
} as const satisfies Record<MemberVerb, unknown>

type Props = {
  readonly member: MemberView
  readonly verb: MemberVerb
  readonly onClose: () => void
  /** After a removal: where there is nothing to look at any more. */
  readonly onRemoved?: () => void
}

export function MemberDialog({ member, verb, onClose, onRemoved }: Props) {
  const Chosen = dialogs[verb]
  return <Chosen member={member} onClose={onClose} {...(verb === 'remove' && onRemoved ? { onDone: onRemoved } : {})} />
}
