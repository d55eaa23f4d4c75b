import { useState } from 'react'
import type { NewProject, ProjectView, Tier } from '../../src/projects/schema.ts'
import { ask } from '../api.ts'
import { translator } from '../texts.ts'
import { FormDialog } from '../ui/Dialog.tsx'
import { NameAndSlug } from '../ui/NameAndSlug.tsx'
import { useChange } from '../ui/useChange.ts'
import { TierField } from './TierField.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

const empty: { name: string; slug: string; tier: Tier } = { name: '', slug: '', tier: 'development' }

export function CreateProject({ onClose }: { readonly onClose: () => void }) {
  const [values, setValues] = useState(empty)
  const { change, isRunning, refusal } = useChange({
    run: (body: NewProject, idempotencyKey) =>
      ask<{ project: ProjectView }>('POST /projects', { body, idempotencyKey }),
    refreshes: ['projects'],
    said: ({ project: { name } }) => t('made', { name }),
    done: onClose,
  })
  return (
    <FormDialog
      title={t('createTitle')}
      submit={t('create')}
      onClose={onClose}
      onSubmit={() => void change(values)}
      isReady={values.name.trim() !== '' && values.slug !== ''}
      isRunning={isRunning}
      refusal={refusal}
    >
      <NameAndSlug
        words={{ name: t('name'), namePlaceholder: t('namePlaceholder'), slug: t('slug'), slugHint: t('slugHint') }}
        values={values}
        onChange={(said) => setValues({ ...values, ...said })}
        refusal={refusal}
        isNew
      />
      <TierField value={values.tier} onChange={(tier) => setValues({ ...values, tier })} />
    </FormDialog>
  )
}
