import { Checkbox, PasswordInput, Switch, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { IdentityProviderPatch, IdentityProviderView } from '../../../src/people/identity-providers/schema.ts'
import { ask, type Refusal } from '../../api.ts'
import { translator } from '../../texts.ts'
import { FormDialog } from '../../ui/Dialog.tsx'
import { fieldError, useChange } from '../../ui/useChange.ts'
import { SettingsFields } from './SettingsFields.tsx'
import { texts } from './texts.data.ts'
import { bodyOf, settingsOf, type TypedSettings } from './typed.ts'

const t = translator(texts)

type Props = { readonly provider: IdentityProviderView; readonly onClose: () => void }
type Basics = {
  readonly slug: string
  readonly name: string
  readonly clientSecret: string
  readonly isSecretDropped: boolean
  readonly isActive: boolean
}
type Typed = { readonly basics: Basics; readonly settings: TypedSettings }

/** The secret goes along only where a new one was typed, or where it is to be none. */
const patchOf = ({ basics, settings }: Typed): IdentityProviderPatch => {
  const { slug, name, clientSecret, isSecretDropped, isActive } = basics
  return {
    slug: slug.trim(),
    name: name.trim() || null,
    ...(isSecretDropped ? { clientSecret: null } : clientSecret === '' ? {} : { clientSecret }),
    ...bodyOf(settings),
    groupsClaim: settings.groupsClaim.trim() || null,
    state: isActive ? 'active' : 'disabled',
  }
}

export function EditProvider({ provider, onClose }: Props) {
  const { slug, name, state } = provider
  const [typed, setTyped] = useState<Typed>(() => ({
    basics: { slug, name, clientSecret: '', isSecretDropped: false, isActive: state === 'active' },
    settings: settingsOf(provider),
  }))
  const { change, isRunning, refusal } = useChange({
    run: (body: IdentityProviderPatch) =>
      ask<unknown>(`PATCH /identity-providers/${provider.id}`, { body, revision: provider.revision }),
    refreshes: ['identity-providers', 'sessions'],
    said: t('saved', { name }),
    done: onClose,
  })
  return (
    <FormDialog
      title={t('editTitle', { name })}
      submit={t('save')}
      size="lg"
      onClose={onClose}
      onSubmit={() => void change(patchOf(typed))}
      isRunning={isRunning}
      refusal={refusal}
      isReady={typed.settings.domains.length > 0}
    >
      <Text size="sm" c="dimmed">
        {t('staysText')}
      </Text>
      <BasicFields
        provider={provider}
        typed={typed.basics}
        onChange={(basics) => setTyped({ ...typed, basics })}
        refusal={refusal}
      />
      <SettingsFields
        typed={typed.settings}
        onChange={(settings) => setTyped({ ...typed, settings })}
        refusal={refusal}
      />
    </FormDialog>
  )
}

type Fields = {
  readonly provider: IdentityProviderView
  readonly typed: Basics
  readonly onChange: (typed: Basics) => void
  readonly refusal: Refusal | null
}

function BasicFields({ provider, typed, onChange, refusal }: Fields) {
  return (
    <>
      <Switch
        label={t('isActive')}
        description={t('isActiveHint')}
        checked={typed.isActive}
        onChange={(event) => onChange({ ...typed, isActive: event.currentTarget.checked })}
      />
      <TextInput
        label={t('name')}
        description={t('nameHint')}
        value={typed.name}
        onChange={(event) => onChange({ ...typed, name: event.currentTarget.value })}
        error={fieldError(refusal, '/name')}
      />
      <TextInput
        label={t('slug')}
        description={t('slugHint')}
        value={typed.slug}
        onChange={(event) => onChange({ ...typed, slug: event.currentTarget.value })}
        error={fieldError(refusal, '/slug')}
        required
      />
      <PasswordInput
        label={t('newSecret')}
        description={t('newSecretHint')}
        value={typed.clientSecret}
        onChange={(event) => onChange({ ...typed, clientSecret: event.currentTarget.value })}
        error={fieldError(refusal, '/clientSecret')}
        disabled={typed.isSecretDropped}
        autoComplete="new-password"
      />
      {provider.hasClientSecret && (
        <Checkbox
          label={t('dropSecret')}
          checked={typed.isSecretDropped}
          onChange={(event) => onChange({ ...typed, isSecretDropped: event.currentTarget.checked, clientSecret: '' })}
        />
      )}
    </>
  )
}
