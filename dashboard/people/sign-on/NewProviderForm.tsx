import { Button, Group, PasswordInput, Stack, Text, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import type { IdentityProviderView } from '../../../src/people/identity-providers/schema.ts'
import { ask, type Refusal } from '../../api.ts'
import { translator } from '../../texts.ts'
import { ProblemNote } from '../../ui/ProblemNote.tsx'
import { fieldError, useChange } from '../../ui/useChange.ts'
import { SettingsFields } from './SettingsFields.tsx'
import { texts } from './texts.data.ts'
import { bodyOf, emptySettings, type TypedSettings } from './typed.ts'

const t = translator(texts)

type Identity = {
  readonly slug: string
  readonly name: string
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
}
type Typed = { readonly identity: Identity; readonly settings: TypedSettings }
const empty: Typed = {
  identity: { slug: '', name: '', issuer: '', clientId: '', clientSecret: '' },
  settings: emptySettings,
}

const create = ({ identity, settings }: Typed, idempotencyKey: string) => {
  const { slug, name, issuer, clientId, clientSecret } = identity
  const claim = settings.groupsClaim.trim()
  return ask<{ identityProvider: IdentityProviderView }>('POST /identity-providers', {
    body: {
      slug: slug.trim(),
      issuer: issuer.trim(),
      clientId: clientId.trim(),
      ...(name.trim() === '' ? {} : { name: name.trim() }),
      ...(clientSecret === '' ? {} : { clientSecret }),
      ...bodyOf(settings),
      ...(claim === '' ? {} : { groupsClaim: claim }),
    },
    idempotencyKey,
  })
}

type Props = { readonly onClose: () => void; readonly onMade: (provider: IdentityProviderView) => void }

export function NewProviderForm({ onClose, onMade }: Props) {
  const [typed, setTyped] = useState(empty)
  const { change, isRunning, refusal } = useChange({
    run: create,
    refreshes: ['identity-providers'],
    done: ({ identityProvider }) => onMade(identityProvider),
  })
  const { slug, issuer, clientId } = typed.identity
  const isReady = [slug, issuer, clientId].every((text) => text.trim() !== '') && typed.settings.domains.length > 0
  const send = (event: FormEvent) => {
    event.preventDefault()
    void change(typed)
  }
  return (
    <form onSubmit={send} noValidate>
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          {t('before')}
        </Text>
        <IdentityFields
          typed={typed.identity}
          onChange={(identity) => setTyped({ ...typed, identity })}
          refusal={refusal}
        />
        <SettingsFields
          typed={typed.settings}
          onChange={(settings) => setTyped({ ...typed, settings })}
          refusal={refusal}
        />
        <ProblemNote refusal={refusal} />
        <Group justify="flex-end" gap="xs" className="dialog-foot">
          <Button variant="default" onClick={onClose}>
            {t('cancel')}
          </Button>
          <Button type="submit" loading={isRunning} disabled={!isReady}>
            {t('addNow')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

type FieldsProps = {
  readonly typed: Identity
  readonly onChange: (typed: Identity) => void
  readonly refusal: Refusal | null
}

function IdentityFields({ typed, onChange, refusal }: FieldsProps) {
  const field = (name: Exclude<keyof Identity, 'clientSecret'>) => ({
    label: t(name),
    value: typed[name],
    onChange: (event: { readonly currentTarget: { readonly value: string } }) =>
      onChange({ ...typed, [name]: event.currentTarget.value }),
    error: fieldError(refusal, `/${name}`),
    autoComplete: 'off',
  })
  return (
    <>
      <TextInput {...field('slug')} description={t('slugHint')} required data-autofocus />
      <TextInput {...field('name')} description={t('nameHint')} />
      <TextInput {...field('issuer')} description={t('issuerHint')} placeholder={t('issuerExample')} required />
      <TextInput {...field('clientId')} required />
      <PasswordInput
        label={t('clientSecret')}
        description={t('clientSecretHint')}
        value={typed.clientSecret}
        onChange={(event) => onChange({ ...typed, clientSecret: event.currentTarget.value })}
        error={fieldError(refusal, '/clientSecret')}
        autoComplete="new-password"
      />
    </>
  )
}
