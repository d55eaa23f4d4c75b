import { PasswordInput, Radio, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { MemberView, Role } from '../../../src/people/schema.ts'
import { ask, type Refusal } from '../../api.ts'
import { useMay } from '../../session/session.tsx'
import { translator } from '../../texts.ts'
import { FormDialog } from '../../ui/Dialog.tsx'
import { EntitiesPicker } from '../../ui/EntityPicker.tsx'
import { fieldError, useChange } from '../../ui/useChange.ts'
import { RoleField } from '../members/RoleField.tsx'
import { InvitationLink, type Made } from './InvitationLink.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Typed = {
  readonly email: string
  readonly name: string
  readonly role: Role
  readonly teams: readonly string[]
  readonly wayIn: 'link' | 'password'
  readonly password: string
}
const empty: Typed = { email: '', name: '', role: 'member', teams: [], wayIn: 'link', password: '' }
type Answer = { readonly member: MemberView; readonly invitation?: Made }

const send = (typed: Typed, idempotencyKey: string): Promise<Answer> => {
  const name = typed.name.trim()
  const person = { email: typed.email.trim(), role: typed.role, ...(name === '' ? {} : { name }) }
  return typed.wayIn === 'password'
    ? ask('POST /members', { body: { ...person, password: typed.password }, idempotencyKey })
    : ask('POST /invitations', {
        body: { ...person, ...(typed.teams.length === 0 ? {} : { teams: typed.teams }) },
        idempotencyKey,
      })
}

/** Who is invited is a member from then on; where there is no mail the link is shown in this answer and in no other. */
export function InviteMember({ onClose }: { readonly onClose: () => void }) {
  const [typed, setTyped] = useState(empty)
  const [made, setMade] = useState<{ readonly name: string; readonly invitation: Made } | null>(null)
  const isLink = typed.wayIn === 'link'
  const { change, isRunning, refusal } = useChange({
    run: send,
    refreshes: ['members', 'invitations', 'teams'],
    ...(isLink ? {} : { said: ({ member }: Answer) => t('added', { name: member.name }) }),
    done: ({ member, invitation }) => (invitation ? setMade({ name: member.name, invitation }) : onClose()),
  })
  if (made)
    return <InvitationLink title={t('invitedTitle', { name: made.name })} made={made.invitation} onClose={onClose} />
  return (
    <FormDialog
      title={t('inviteTitle')}
      submit={isLink ? t('invite') : t('add')}
      onClose={onClose}
      onSubmit={() => void change(typed)}
      isRunning={isRunning}
      refusal={refusal}
      isReady={typed.email.trim() !== ''}
    >
      <PersonFields typed={typed} onChange={setTyped} refusal={refusal} />
      <WayInFields typed={typed} onChange={setTyped} refusal={refusal} />
    </FormDialog>
  )
}

type Fields = { readonly typed: Typed; readonly onChange: (typed: Typed) => void; readonly refusal: Refusal | null }

function PersonFields({ typed, onChange, refusal }: Fields) {
  return (
    <>
      <TextInput
        type="email"
        label={t('email')}
        description={t('emailHint')}
        value={typed.email}
        onChange={(event) => onChange({ ...typed, email: event.currentTarget.value })}
        error={fieldError(refusal, '/email')}
        autoComplete="off"
        required
        data-autofocus
      />
      <TextInput
        label={t('name')}
        description={t('nameHint')}
        value={typed.name}
        onChange={(event) => onChange({ ...typed, name: event.currentTarget.value })}
        error={fieldError(refusal, '/name')}
        autoComplete="off"
      />
      <RoleField
        value={typed.role}
        onChange={(role) => onChange({ ...typed, role })}
        error={fieldError(refusal, '/role')}
      />
      {typed.wayIn === 'link' && (
        <EntitiesPicker
          path="/teams"
          label={t('teams')}
          description={t('teamsHint')}
          value={typed.teams}
          onChange={(teams) => onChange({ ...typed, teams })}
          error={fieldError(refusal, '/teams')}
        />
      )}
    </>
  )
}

function WayInFields({ typed, onChange, refusal }: Fields) {
  const may = useMay()
  // A password for somebody else takes the right on members; a link only the one on invitations.
  if (may('members:write') !== 'all') return null
  return (
    <>
      <Radio.Group
        label={t('wayIn')}
        value={typed.wayIn}
        onChange={(way) => onChange({ ...typed, wayIn: way === 'password' ? 'password' : 'link', password: '' })}
      >
        <Stack gap="xs" mt={4}>
          <Radio value="link" label={t('byLink')} description={t('byLinkHint')} />
          <Radio value="password" label={t('byPassword')} description={t('byPasswordHint')} />
        </Stack>
      </Radio.Group>
      {typed.wayIn === 'password' && (
        <PasswordInput
          label={t('password')}
          description={t('passwordHint')}
          value={typed.password}
          onChange={(event) => onChange({ ...typed, password: event.currentTarget.value })}
          error={fieldError(refusal, '/password')}
          autoComplete="new-password"
          required
        />
      )}
    </>
  )
}
