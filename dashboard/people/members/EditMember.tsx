import { Switch, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { MemberPatch, MemberView } from '../../../src/people/schema.ts'
import { ask } from '../../api.ts'
import { useSession } from '../../session/session.tsx'
import { translator } from '../../texts.ts'
import { FormDialog } from '../../ui/Dialog.tsx'
import { fieldError, useChange } from '../../ui/useChange.ts'
import { RoleField } from './RoleField.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly member: MemberView; readonly onClose: () => void }

/** Only what is another than before goes along, so that nobody needs a right for what stays as it is. */
const patchOf = (before: MemberView, typed: Pick<MemberView, 'name' | 'role' | 'operator'>): MemberPatch => ({
  ...(typed.name.trim() === before.name ? {} : { name: typed.name.trim() || null }),
  ...(typed.role === before.role ? {} : { role: typed.role }),
  ...(typed.operator === before.operator ? {} : { operator: typed.operator }),
})

export function EditMember({ member, onClose }: Props) {
  const { me } = useSession()
  // What is edited is what somebody saw when the dialog was opened, also when the page reads it anew meanwhile.
  const [before] = useState(member)
  const [typed, setTyped] = useState({ name: member.name, role: member.role, operator: member.operator })
  const { change, isRunning, refusal } = useChange({
    run: (body: MemberPatch) => ask<unknown>(`PATCH /members/${before.id}`, { body, revision: before.revision }),
    refreshes: ['members', 'teams', 'session'],
    said: t('saved', { name: member.name }),
    done: onClose,
  })
  return (
    <FormDialog
      title={t('editTitle', { name: before.name })}
      submit={t('save')}
      onClose={onClose}
      onSubmit={() => void change(patchOf(before, typed))}
      isRunning={isRunning}
      refusal={refusal}
    >
      <TextInput
        label={t('name')}
        description={t('nameHint')}
        value={typed.name}
        onChange={(event) => setTyped({ ...typed, name: event.currentTarget.value })}
        error={fieldError(refusal, '/name')}
        data-autofocus
      />
      <RoleField
        value={typed.role}
        kept={before.role}
        onChange={(role) => setTyped({ ...typed, role })}
        error={fieldError(refusal, '/role')}
      />
      {me?.operator && (
        <Switch
          label={t('isOperator')}
          description={t('isOperatorHint')}
          checked={typed.operator}
          onChange={(event) => setTyped({ ...typed, operator: event.currentTarget.checked })}
        />
      )}
    </FormDialog>
  )
}
