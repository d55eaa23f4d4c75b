import { Select, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { ManagementTokenView, NewManagementToken } from '../../../src/people/schema.ts'
import { ask } from '../../api.ts'
import { useMay, useSession } from '../../session/session.tsx'
import { translator } from '../../texts.ts'
import { Data } from '../../ui/Data.tsx'
import { FormDialog } from '../../ui/Dialog.tsx'
import { fieldError, useChange } from '../../ui/useChange.ts'
import { useNames } from '../../ui/useNames.ts'
import { RevealToken } from './RevealToken.tsx'
import { ScopesField } from './ScopesField.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

const lives = ['30', '60', '90', '365', 'forever'] as const
type Life = (typeof lives)[number]
const dayMs = 86_400_000
const endOf = (life: Life): string | null =>
  life === 'forever' ? null : new Date(Date.now() + Number(life) * dayMs).toISOString()

type Made = { readonly managementToken: ManagementTokenView; readonly secret: string }

export function CreateToken({ onClose }: { readonly onClose: () => void }) {
  const [name, setName] = useState('')
  const [scopes, setScopes] = useState<readonly string[]>([])
  const [life, setLife] = useState<Life>('90')
  const [memberId, setMemberId] = useState<string | null>(null)
  const [made, setMade] = useState<Made | null>(null)
  const { change, isRunning, refusal } = useChange({
    run: (body: NewManagementToken, idempotencyKey) => ask<Made>('POST /management-tokens', { body, idempotencyKey }),
    refreshes: ['management-tokens'],
    done: setMade,
  })
  if (made) return <RevealToken name={made.managementToken.name} secret={made.secret} onDone={onClose} />
  const submit = () =>
    void change({ name, scopes: [...scopes], expiresAt: endOf(life), ...(memberId ? { member: memberId } : {}) })
  return (
    <FormDialog
      title={t('createTitle')}
      submit={t('create')}
      size="lg"
      onClose={onClose}
      onSubmit={submit}
      isReady={name.trim() !== '' && scopes.length > 0}
      isRunning={isRunning}
      refusal={refusal}
    >
      <TextInput
        label={t('name')}
        placeholder={t('namePlaceholder')}
        required
        maxLength={120}
        autoComplete="off"
        data-autofocus
        value={name}
        error={fieldError(refusal, '/name')}
        onChange={({ currentTarget: { value } }) => setName(value)}
      />
      <ActsAs value={memberId} onChange={setMemberId} error={fieldError(refusal, '/member')} />
      <Select
        label={t('endsAfter')}
        description={t('endsAfterHint')}
        allowDeselect={false}
        data={lives.map((each) => ({ value: each, label: t(each) }))}
        value={life}
        error={fieldError(refusal, '/expiresAt')}
        onChange={(said) => setLife(lives.find((each) => each === said) ?? life)}
      />
      <ScopesField value={scopes} onChange={setScopes} error={fieldError(refusal, '/scopes')} />
    </FormDialog>
  )
}

type ActsAsProps = {
  readonly value: string | null
  readonly onChange: (id: string | null) => void
  readonly error: string | undefined
}
/** Those who manage people make tokens for them; anybody else makes his own. */
function ActsAs({ value, onChange, error }: ActsAsProps) {
  const { member } = useSession().session
  const isForOthers = useMay()('management-tokens:write') === 'all'
  const members = useNames('/members')
  if (!isForOthers) return null
  const others = members.options.filter((option) => option.value !== member.id)
  return (
    <Select
      label={t('member')}
      description={t('memberHint')}
      searchable
      allowDeselect={false}
      data={[{ value: member.id, label: t('me') }, ...others]}
      value={value ?? member.id}
      renderOption={({ option }) => (option.value === member.id ? option.label : <Data>{option.label}</Data>)}
      error={error}
      onChange={(id) => onChange(id === member.id ? null : id)}
    />
  )
}
