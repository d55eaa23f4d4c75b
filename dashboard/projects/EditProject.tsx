import { Alert, Checkbox, List, Text } from '@mantine/core'
import { IconArrowsExchange } from '@tabler/icons-react'
import { useState } from 'react'
import type { Effect } from '../../src/fleet/schema.ts'
import type { ProjectPatch, ProjectView } from '../../src/projects/schema.ts'
import { ask, type Refusal } from '../api.ts'
import { translator } from '../texts.ts'
import { Data } from '../ui/Data.tsx'
import { FormDialog } from '../ui/Dialog.tsx'
import { LoadingDialog } from '../ui/LoadingDialog.tsx'
import { NameAndSlug } from '../ui/NameAndSlug.tsx'
import { useOne } from '../ui/useCalls.ts'
import { useChange } from '../ui/useChange.ts'
import { TierField } from './TierField.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly onClose: () => void; readonly onSaved: (effect: Effect) => void }

export function EditProject({ projectId, ...rest }: Props & { readonly projectId: string }) {
  const { data, error } = useOne<{ project: ProjectView }>(`/projects/${projectId}`)
  if (!data) return <LoadingDialog title={t('edit')} error={error} onClose={rest.onClose} />
  return <Form project={data.project} {...rest} />
}

function Form({ project, onClose, onSaved }: Props & { readonly project: ProjectView }) {
  // What is edited is what somebody saw when the dialog was opened, also when the page reads it anew meanwhile.
  const [{ id, revision, name, slug, tier }] = useState(project)
  const [values, setValues] = useState({ name, slug, tier, default: false })
  const { change, isRunning, refusal, reset } = useChange({
    run: (body: ProjectPatch) =>
      ask<{ project: ProjectView; effect: Effect }>(`PATCH /projects/${id}`, { body, revision }),
    refreshes: ['projects', 'keys', 'servers', 'providers'],
    said: ({ project: after }) => t('saved', { name: after.name }),
    done: ({ effect }) => {
      onSaved(effect)
      onClose()
    },
  })
  const put = (patch: Partial<typeof values>) => {
    // What was listed is of the values before.
    if (refusal) reset()
    setValues({ ...values, ...patch })
  }
  const listed = refusal?.code === 'confirmation_needed' ? refusal : null
  const submit = () => {
    const { default: isDefault, ...said } = values
    void change({ ...said, ...(isDefault ? { default: true } : {}), ...(listed ? { confirm: true } : {}) })
  }
  return (
    <FormDialog
      title={t('editTitle', { name })}
      submit={listed ? t('move') : t('save')}
      isDangerous={listed !== null}
      onClose={onClose}
      onSubmit={submit}
      isReady={values.name.trim() !== '' && values.slug !== ''}
      isRunning={isRunning}
      refusal={listed ? null : refusal}
    >
      <NameAndSlug
        words={{ name: t('name'), namePlaceholder: t('namePlaceholder'), slug: t('slug'), slugHint: t('slugHint') }}
        values={values}
        onChange={put}
        refusal={refusal}
        isNew={false}
      />
      <TierField value={values.tier} onChange={(said) => put({ tier: said })} />
      {!project.default && (
        <Checkbox
          label={t('makeDefault')}
          description={t('makeDefaultHint')}
          checked={values.default}
          onChange={({ currentTarget: { checked } }) => put({ default: checked })}
        />
      )}
      {listed && <Moves refusal={listed} name={name} />}
    </FormDialog>
  )
}

/** What another tier touches, before it happens: the server has listed it and changed nothing. */
function Moves({ refusal, name }: { readonly refusal: Refusal; readonly name: string }) {
  const { errors = [], total } = refusal
  const rest = typeof total === 'number' ? total - errors.length : 0
  return (
    <Alert color="yellow" icon={<IconArrowsExchange size={20} />} title={t('moves', { name })} role="alert">
      <Text size="sm">{t('movesText')}</Text>
      <List size="sm" mt={4}>
        {errors.map(({ detail }) => (
          <List.Item key={detail}>
            <Data>{detail}</Data>
          </List.Item>
        ))}
        {rest > 0 && <List.Item>{t('moreThings', { n: rest })}</List.Item>}
      </List>
    </Alert>
  )
}
