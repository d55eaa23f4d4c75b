import { Fieldset, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { OrganizationView } from '../../../src/people/schema.ts'
import { ask } from '../../api.ts'
import { translator } from '../../texts.ts'
import { Dialog, FormDialog } from '../../ui/Dialog.tsx'
import { fieldError, useChange } from '../../ui/useChange.ts'
import { useLeaving } from '../../ui/useLeaving.ts'
import { LinkFoot, OneTimeLink } from '../OneTimeLink.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

const empty = { slug: '', name: '', email: '', owner: '' }
type Typed = typeof empty
type Founded = { readonly name: string; readonly email: string; readonly url: string }
type Answer = { readonly organization: OrganizationView; readonly setupUrl: string }

/** For operators. Its owner comes in by the setup link, which stands in this answer alone. */
export function FoundOrganization({ onClose }: { readonly onClose: () => void }) {
  const [typed, setTyped] = useState(empty)
  const [founded, setFounded] = useState<Founded | null>(null)
  const { change, isRunning, refusal } = useChange({
    run: ({ slug, name, email, owner }: Typed, idempotencyKey) =>
      ask<Answer>('POST /organizations', { body: { slug, name, owner: { email, name: owner } }, idempotencyKey }),
    refreshes: ['organizations'],
    done: ({ organization, setupUrl }, { email }) => setFounded({ name: organization.name, email, url: setupUrl }),
  })
  if (founded) return <SetupLink founded={founded} onClose={onClose} />
  const field = (name: keyof Typed, pointer: string) => ({
    value: typed[name],
    onChange: (event: { readonly currentTarget: { readonly value: string } }) =>
      setTyped({ ...typed, [name]: event.currentTarget.value }),
    error: fieldError(refusal, pointer),
    autoComplete: 'off',
    required: true,
  })
  return (
    <FormDialog
      title={t('foundTitle')}
      submit={t('foundNow')}
      onClose={onClose}
      onSubmit={() => void change(typed)}
      isRunning={isRunning}
      refusal={refusal}
      isReady={Object.values(typed).every((text) => text.trim() !== '')}
    >
      <TextInput label={t('name')} {...field('name', '/name')} data-autofocus />
      <TextInput label={t('slug')} description={t('slugHint')} {...field('slug', '/slug')} />
      <Fieldset legend={t('ownerOf')}>
        <Stack gap="sm">
          <TextInput type="email" label={t('ownerEmail')} {...field('email', '/owner/email')} />
          <TextInput label={t('ownerName')} {...field('owner', '/owner/name')} />
        </Stack>
      </Fieldset>
    </FormDialog>
  )
}

function SetupLink({ founded, onClose }: { readonly founded: Founded; readonly onClose: () => void }) {
  const leaving = useLeaving({ isNothing: false, onDone: onClose })
  return (
    <Dialog title={t('foundedTitle', { name: founded.name })} onClose={leaving.done} isHeld={!leaving.isCopied}>
      <OneTimeLink
        text={t('setupText', { email: founded.email })}
        label={t('setupLink')}
        url={founded.url}
        leaving={leaving}
      />
      <LinkFoot leaving={leaving} />
    </Dialog>
  )
}
