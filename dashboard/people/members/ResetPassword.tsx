import { Text } from '@mantine/core'
import { useState } from 'react'
import type { PasswordResetView } from '../../../src/people/resets/schema.ts'
import type { MemberView } from '../../../src/people/schema.ts'
import { ask } from '../../api.ts'
import { translator } from '../../texts.ts'
import { Dialog, FormDialog } from '../../ui/Dialog.tsx'
import { useChange } from '../../ui/useChange.ts'
import { useLeaving } from '../../ui/useLeaving.ts'
import { LinkFoot, OneTimeLink } from '../OneTimeLink.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly member: MemberView; readonly onClose: () => void }

/** Mailed where there is mail; else shown this once, to be handed over. */
export function ResetPassword({ member, onClose }: Props) {
  const [made, setMade] = useState<PasswordResetView | null>(null)
  const { name } = member
  const { change, isRunning, refusal } = useChange({
    run: (id: string) => ask<{ passwordReset: PasswordResetView }>(`POST /members/${id}/password-reset`),
    refreshes: [],
    done: ({ passwordReset }) => setMade(passwordReset),
  })
  if (made) return <ResetMade member={member} made={made} onClose={onClose} />
  return (
    <FormDialog
      title={t('resetTitle', { name })}
      submit={t('makeLink')}
      onClose={onClose}
      onSubmit={() => void change(member.id)}
      isRunning={isRunning}
      refusal={refusal}
    >
      <Text>{t('resetText')}</Text>
    </FormDialog>
  )
}

function ResetMade({ member, made, onClose }: Props & { readonly made: PasswordResetView }) {
  const leaving = useLeaving({ isNothing: made.url === null, onDone: onClose })
  return (
    <Dialog title={t('resetLink')} onClose={leaving.done} isHeld={!leaving.isCopied}>
      {made.url === null ? (
        <Text>{t('mailed', { email: member.email })}</Text>
      ) : (
        <OneTimeLink
          text={t('resetLinkText', { name: member.name })}
          label={t('resetLink')}
          url={made.url}
          expiresAt={made.expiresAt}
          leaving={leaving}
        />
      )}
      <LinkFoot leaving={leaving} />
    </Dialog>
  )
}
