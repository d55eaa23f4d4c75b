import { NumberInput, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { OrganizationPatch, OrganizationView } from '../../../src/people/schema.ts'
import { ask } from '../../api.ts'
import { translator } from '../../texts.ts'
import { FormDialog } from '../../ui/Dialog.tsx'
import { fieldError, useChange } from '../../ui/useChange.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly organization: OrganizationView; readonly onClose: () => void }
type Typed = { readonly slug: string; readonly name: string; readonly seconds: string | number }

const patchOf = (before: OrganizationView, { slug, name, seconds }: Typed): OrganizationPatch => {
  const staleness = seconds === '' ? null : Number(seconds)
  return {
    ...(slug.trim() === before.slug ? {} : { slug: slug.trim() }),
    ...(name.trim() === before.name ? {} : { name: name.trim() }),
    ...(staleness === before.maxStalenessSeconds ? {} : { maxStalenessSeconds: staleness }),
  }
}

export function EditOrganization({ organization, onClose }: Props) {
  // What is edited is what somebody saw when the dialog was opened, also when the page reads it anew meanwhile.
  const [before] = useState(organization)
  const { slug, name, maxStalenessSeconds: seconds } = before
  const [typed, setTyped] = useState<Typed>({ slug, name, seconds })
  const { change, isRunning, refusal } = useChange({
    run: (body: OrganizationPatch) =>
      ask<unknown>(`PATCH /organizations/${before.id}`, { body, revision: before.revision }),
    refreshes: ['organizations', 'policies', 'session'],
    said: t('saved', { name }),
    done: onClose,
  })
  return (
    <FormDialog
      title={t('editTitle', { name })}
      submit={t('save')}
      onClose={onClose}
      onSubmit={() => void change(patchOf(before, typed))}
      isRunning={isRunning}
      refusal={refusal}
      isReady={typed.slug.trim() !== '' && typed.name.trim() !== ''}
    >
      <TextInput
        label={t('name')}
        value={typed.name}
        onChange={(event) => setTyped({ ...typed, name: event.currentTarget.value })}
        error={fieldError(refusal, '/name')}
        required
        data-autofocus
      />
      <TextInput
        label={t('slug')}
        description={t('slugHint')}
        value={typed.slug}
        onChange={(event) => setTyped({ ...typed, slug: event.currentTarget.value })}
        error={fieldError(refusal, '/slug')}
        required
      />
      <NumberInput
        label={t('stalenessField')}
        description={t('stalenessHint')}
        value={typed.seconds}
        onChange={(value) => setTyped({ ...typed, seconds: value })}
        error={fieldError(refusal, '/maxStalenessSeconds')}
        min={5}
        max={86_400}
        allowDecimal={false}
        hideControls
      />
    </FormDialog>
  )
}
