import { TextInput } from '@mantine/core'
import { useState } from 'react'
import type { AppOwner, AppPatch, AppView } from '../../src/apps/schema.ts'
import { ask } from '../api.ts'
import { translator } from '../texts.ts'
import { FormDialog } from '../ui/Dialog.tsx'
import { NameAndSlug } from '../ui/NameAndSlug.tsx'
import { fieldError, useChange } from '../ui/useChange.ts'
import { OwnerField } from './OwnerField.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly app: AppView; readonly projectName: string; readonly onClose: () => void }

export function EditApp({ app, projectName, onClose }: Props) {
  // What is edited is what somebody saw when the dialog was opened, also when the page reads it anew meanwhile.
  const [{ id, revision, name, slug, owner }] = useState(app)
  const [values, setValues] = useState({ name, slug })
  const [newOwner, setNewOwner] = useState<AppOwner | null>(null)
  const { change, isRunning, refusal } = useChange({
    run: (body: AppPatch) => ask<{ app: AppView }>(`PATCH /apps/${id}`, { body, revision }),
    refreshes: ['apps', 'keys'],
    said: ({ app: after }) => t('saved', { name: after.name }),
    done: onClose,
  })
  return (
    <FormDialog
      title={t('editTitle', { name })}
      submit={t('save')}
      onClose={onClose}
      onSubmit={() => void change({ ...values, ...(newOwner ? { owner: newOwner } : {}) })}
      isReady={values.name.trim() !== '' && values.slug !== ''}
      isRunning={isRunning}
      refusal={refusal}
    >
      <NameAndSlug
        words={{ name: t('name'), namePlaceholder: t('namePlaceholder'), slug: t('slug'), slugHint: t('slugHint') }}
        values={values}
        onChange={setValues}
        refusal={refusal}
        isNew={false}
      />
      <OwnerField
        value={newOwner ?? { type: owner.type, id: owner.id }}
        name={owner.name}
        onChange={setNewOwner}
        error={fieldError(refusal, '/owner')}
      />
      <TextInput label={t('project')} value={projectName} readOnly disabled translate="no" />
    </FormDialog>
  )
}
