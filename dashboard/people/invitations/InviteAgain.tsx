import { Text } from '@mantine/core'
import { useState } from 'react'
import type { MemberView } from '../../../src/people/schema.ts'
import { ask } from '../../api.ts'
import { translator } from '../../texts.ts'
import { FormDialog } from '../../ui/Dialog.tsx'
import { useChange } from '../../ui/useChange.ts'
import { InvitationLink, type Made } from './InvitationLink.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = {
  readonly member: Pick<MemberView, 'name' | 'email'>
  /** Missing: inviting the address again makes a new one. */
  readonly invitation?: string
  readonly onClose: () => void
}

/** For somebody who has never come in: the link of before ends with it. */
export function InviteAgain({ member, invitation, onClose }: Props) {
  const { name, email } = member
  const [made, setMade] = useState<Made | null>(null)
  const { change, isRunning, refusal } = useChange({
    run: (address: string, idempotencyKey) =>
      invitation === undefined
        ? ask<{ invitation: Made }>('POST /invitations', { body: { email: address }, idempotencyKey })
        : ask<{ invitation: Made }>(`POST /invitations/${invitation}/resend`),
    refreshes: ['invitations', 'members'],
    done: (answer) => setMade(answer.invitation),
  })
  const title = t('againTitle', { name })
  if (made) return <InvitationLink title={title} made={made} onClose={onClose} />
  return (
    <FormDialog
      title={title}
      submit={t('makeLink')}
      onClose={onClose}
      onSubmit={() => void change(email)}
      isRunning={isRunning}
      refusal={refusal}
    >
      <Text>{t('againText')}</Text>
    </FormDialog>
  )
}
