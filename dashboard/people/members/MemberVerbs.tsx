import type { MemberView } from '../../../src/people/schema.ts'
import { ask } from '../../api.ts'
import { translator } from '../../texts.ts'
import { ConfirmChange } from '../../ui/ConfirmChange.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly member: MemberView; readonly onClose: () => void; readonly onDone?: () => void }

export const ActivateMember = ({ member: { id, name, revision }, onClose }: Props) => (
  <ConfirmChange
    title={t('activateTitle', { name })}
    text={t('activateText')}
    submit={t('activate')}
    run={() => ask(`POST /members/${id}/activate`, { body: {}, revision })}
    refreshes={['members', 'keys', 'apps']}
    said={t('activatedSaid', { name })}
    done={onClose}
    onClose={onClose}
  />
)

export const RemoveMember = ({ member: { id, name, revision }, onClose, onDone }: Props) => (
  <ConfirmChange
    title={t('removeTitle', { name })}
    text={t('removeText', { name })}
    submit={t('remove')}
    isDangerous
    run={() => ask(`DELETE /members/${id}`, { revision })}
    refreshes={['members', 'teams', 'keys', 'apps', 'invitations']}
    said={t('removedSaid', { name })}
    done={() => {
      onClose()
      onDone?.()
    }}
    onClose={onClose}
  />
)

export const EndSessions = ({ member: { id, name }, onClose }: Props) => (
  <ConfirmChange
    title={t('endSessionsTitle', { name })}
    text={t('endSessionsText')}
    submit={t('endSessions')}
    isDangerous
    run={() => ask<{ ended: number }>(`POST /members/${id}/end-sessions`)}
    refreshes={['sessions']}
    said={({ ended }) => t('sessionsEnded', { n: ended })}
    done={onClose}
    onClose={onClose}
  />
)

export const TurnFactorOffOf = ({ member: { id, name }, onClose }: Props) => (
  <ConfirmChange
    title={t('factorOffTitle', { name })}
    text={t('factorOffText')}
    submit={t('factorOff')}
    isDangerous
    run={() => ask(`DELETE /members/${id}/second-factor`)}
    refreshes={['sessions', 'members']}
    said={t('factorIsOff', { name })}
    done={onClose}
    onClose={onClose}
  />
)
