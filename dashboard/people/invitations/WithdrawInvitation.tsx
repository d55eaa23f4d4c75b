import { Checkbox, Text } from '@mantine/core'
import { useState } from 'react'
import type { InvitationView } from '../../../src/people/invitations/schema.ts'
import { ask } from '../../api.ts'
import { useMay } from '../../session/session.tsx'
import { translator } from '../../texts.ts'
import { FormDialog } from '../../ui/Dialog.tsx'
import { useChange } from '../../ui/useChange.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly invitation: InvitationView; readonly onClose: () => void }

export function WithdrawInvitation({ invitation, onClose }: Props) {
  const { id, email } = invitation
  const may = useMay()
  const [isRemoved, setRemoved] = useState(false)
  const { change, isRunning, refusal } = useChange({
    run: (removeMember: boolean) => ask<unknown>(`DELETE /invitations/${id}?removeMember=${removeMember}`),
    refreshes: ['invitations', 'members', 'teams'],
    said: t('withdrawnSaid', { email }),
    done: onClose,
  })
  return (
    <FormDialog
      title={t('withdrawTitle', { email })}
      submit={t('withdraw')}
      isDangerous
      onClose={onClose}
      onSubmit={() => void change(isRemoved)}
      isRunning={isRunning}
      refusal={refusal}
    >
      <Text>{t('withdrawText')}</Text>
      {may('members:write') === 'all' && (
        <Checkbox
          label={t('removeMember')}
          checked={isRemoved}
          onChange={(event) => setRemoved(event.currentTarget.checked)}
        />
      )}
    </FormDialog>
  )
}
