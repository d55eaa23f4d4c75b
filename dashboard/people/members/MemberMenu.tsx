import { Menu } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { MemberView } from '../../../src/people/schema.ts'
import { useMay, useSession } from '../../session/session.tsx'
import { translator } from '../../texts.ts'
import { texts } from './texts.data.ts'
import { useMayActOn } from './useMayActOn.ts'

const t = translator(texts)

export type MemberVerb =
  | 'edit'
  | 'activate'
  | 'deactivate'
  | 'remove'
  | 'end-sessions'
  | 'reset-password'
  | 'factor-off'
  | 'invite-again'

type Props = { readonly member: MemberView; readonly onVerb: (verb: MemberVerb) => void }

/** What can be done with one person, by who it is and how they stand. */
export function MemberItems({ member, onVerb }: Props) {
  const may = useMay()
  const { session } = useSession()
  const isOpen = useMayActOn()(member)
  const isSelf = member.id === session.member.id
  const { status } = member
  const item = (verb: MemberVerb, label: string, color?: 'red') => (
    <Menu.Item {...(color ? { color } : {})} onClick={() => onVerb(verb)}>
      {label}
    </Menu.Item>
  )
  const isIn = status === 'active' && isOpen && !isSelf
  return (
    <>
      <Menu.Item component={Link} to="/configuration/api-keys" {...{ search: { owner: member.id } as never }}>
        {t('seeKeys')}
      </Menu.Item>
      {isOpen && item('edit', t('edit'))}
      {isOpen && status === 'invited' && may('invitations:write') === 'all' && item('invite-again', t('inviteAgain'))}
      {isIn && item('reset-password', t('resetPassword'))}
      {isIn && item('factor-off', t('factorOff'))}
      {isIn && may('sessions:write') === 'all' && item('end-sessions', t('endSessions'))}
      {isOpen && !isSelf && (
        <>
          <Menu.Divider />
          {status === 'deactivated' ? item('activate', t('activate')) : item('deactivate', t('deactivate'), 'red')}
          {item('remove', t('remove'), 'red')}
        </>
      )}
    </>
  )
}
