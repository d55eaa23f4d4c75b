import { Menu, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import type { InvitationState, InvitationView } from '../../../src/people/invitations/schema.ts'
import { useMay } from '../../session/session.tsx'
import { translator } from '../../texts.ts'
import { Data, Status, Time } from '../../ui/Data.tsx'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { FilterSelect } from '../../ui/FilterSelect.tsx'
import { Filters } from '../../ui/Filters.tsx'
import { EmptyState } from '../../ui/Page.tsx'
import { RowMenu } from '../../ui/RowMenu.tsx'
import { useList } from '../../ui/useCalls.ts'
import { useUrl } from '../../ui/useUrl.ts'
import { InviteAgain } from './InviteAgain.tsx'
import { texts } from './texts.data.ts'
import { WithdrawInvitation } from './WithdrawInvitation.tsx'

const t = translator(texts)
const states: readonly InvitationState[] = ['open', 'accepted', 'withdrawn', 'expired']
const kinds = { open: 'waiting', accepted: 'good', withdrawn: 'over', expired: 'over' } as const

const columns: readonly Column<InvitationView>[] = [
  { id: 'email', label: t('email'), cell: ({ email }) => <Data>{email}</Data> },
  { id: 'role', label: t('role'), cell: ({ role }) => t(role) },
  { id: 'state', label: t('state'), cell: ({ state }) => <Status kind={kinds[state]}>{t(state)}</Status> },
  { id: 'sent', label: t('sent'), cell: ({ createdAt }) => <Time at={createdAt} /> },
  { id: 'expires', label: t('expires'), cell: ({ expiresAt }) => <Time at={expiresAt} /> },
  { id: 'mail', label: t('mail'), cell: ({ mailedAt }) => <Time at={mailedAt} missing={t('notMailed')} /> },
]

export function InvitationList() {
  const [search, set] = useUrl()
  const state = search['state'] ?? ''
  const list = useList<InvitationView>('/invitations', { state, limit: 50 })
  const may = useMay()
  // Up here and not in the row, which may go out of the list by what its dialog does.
  const [open, setOpen] = useState<{ readonly invitation: InvitationView; readonly verb: Verb } | null>(null)
  const close = () => setOpen(null)
  return (
    <Stack gap="sm">
      <Filters>
        <FilterSelect
          name="state"
          label={t('state')}
          any={t('anyState')}
          options={states.map((value) => ({ value, label: t(value) }))}
        />
      </Filters>
      <DataTable
        label={t('list')}
        columns={columns}
        list={list}
        idOf={({ id }) => id}
        nameOf={({ email }) => email}
        isFiltered={state !== ''}
        onClearFilters={() => set({ state: undefined })}
        empty={<EmptyState title={t('none')} text={<Text inherit>{t('noneText')}</Text>} />}
        {...(may('invitations:write') === 'all'
          ? {
              actions: (invitation: InvitationView) => (
                <InvitationItems invitation={invitation} onVerb={(verb) => setOpen({ invitation, verb })} />
              ),
            }
          : {})}
      />
      {open?.verb === 'resend' && (
        <InviteAgain
          member={{ name: open.invitation.email, email: open.invitation.email }}
          invitation={open.invitation.id}
          onClose={close}
        />
      )}
      {open?.verb === 'withdraw' && <WithdrawInvitation invitation={open.invitation} onClose={close} />}
    </Stack>
  )
}

type Verb = 'resend' | 'withdraw'

function InvitationItems({
  invitation,
  onVerb,
}: {
  readonly invitation: InvitationView
  readonly onVerb: (verb: Verb) => void
}) {
  const { email, state } = invitation
  if (state === 'accepted' || state === 'withdrawn') return null
  return (
    <RowMenu name={email}>
      <Menu.Item onClick={() => onVerb('resend')}>{t('resend')}</Menu.Item>
      {state === 'open' && (
        <Menu.Item color="red" onClick={() => onVerb('withdraw')}>
          {t('withdraw')}
        </Menu.Item>
      )}
    </RowMenu>
  )
}
