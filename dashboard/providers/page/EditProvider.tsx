import { Alert, PasswordInput, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { ProviderView } from '../../../src/providers/schema.ts'
import { ask } from '../../api.ts'
import { translator } from '../../texts.ts'
import { FormDialog } from '../../ui/Dialog.tsx'
import { NameAndSlug } from '../../ui/NameAndSlug.tsx'
import { fieldError, useChange } from '../../ui/useChange.ts'
import type { ChangedProvider } from '../answers.ts'
import { CallFields } from '../CallFields.tsx'
import { draftOf, type ProviderDraft, patchOf } from '../draft.ts'
import { texts } from '../texts.data.ts'

const t = translator(texts)

type Props = { readonly provider: ProviderView; readonly onClose: () => void }

export function EditProvider({ provider, onClose }: Props) {
  // What is edited is what somebody saw when the dialog was opened, also when the page reads it anew meanwhile.
  const [before] = useState(provider)
  const [draft, setDraft] = useState<ProviderDraft>(() => draftOf(before))
  const set = (patch: Partial<ProviderDraft>) => setDraft((was) => ({ ...was, ...patch }))
  const { change, isRunning, refusal } = useChange({
    run: (input: ProviderDraft) =>
      ask<ChangedProvider>(`PATCH /providers/${before.id}`, {
        ...{ body: patchOf(input, before), revision: before.revision },
      }),
    refreshes: ['providers'],
    said: t('saved'),
    done: onClose,
  })
  const needsCredential = before.credential !== null && draft.baseUrl.trim() !== before.baseUrl
  return (
    <FormDialog
      title={t('editTitle', { name: before.name })}
      onClose={onClose}
      size="lg"
      submit={t('save')}
      onSubmit={() => void change(draft)}
      isRunning={isRunning}
      refusal={refusal}
    >
      <NameAndSlug
        words={{
          ...{ name: t('name'), namePlaceholder: t('namePlaceholder') },
          ...{ slug: t('slug'), slugHint: t('slugHint') },
        }}
        values={draft}
        onChange={({ name, slug }) => set({ name, slug })}
        refusal={refusal}
        isNew={false}
      />
      <TextInput
        label={t('baseUrl')}
        description={t('baseUrlHint')}
        type="url"
        value={draft.baseUrl}
        onChange={(event) => set({ baseUrl: event.currentTarget.value })}
        error={fieldError(refusal, '/baseUrl')}
        required
        autoComplete="off"
        spellCheck={false}
      />
      <div role="status">{needsCredential && <Alert color="yellow">{t('addressMoved')}</Alert>}</div>
      {needsCredential && (
        <PasswordInput
          label={t('apiKey')}
          description={t('apiKeyHint')}
          value={draft.credential}
          onChange={(event) => set({ credential: event.currentTarget.value })}
          error={fieldError(refusal, '/credential')}
          autoComplete="off"
          required
        />
      )}
      <CallFields draft={draft} onChange={set} refusal={refusal} />
    </FormDialog>
  )
}
