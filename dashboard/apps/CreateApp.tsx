import { Divider, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { AppOwner, AppView, NewApp } from '../../src/apps/schema.ts'
import { ask, type Refusal } from '../api.ts'
import { RevealSecret } from '../keys/reveal/RevealSecret.tsx'
import type { RevealAnswer } from '../keys/reveal/shownOnce.ts'
import { translator } from '../texts.ts'
import { FormDialog } from '../ui/Dialog.tsx'
import { EntityPicker } from '../ui/EntityPicker.tsx'
import { fieldError, useChange } from '../ui/useChange.ts'
import { AppKeyFields, type AppKeyValues } from './AppKeyFields.tsx'
import { OwnerField } from './OwnerField.tsx'
import { noTools, ToolsFields, type ToolValues } from './ToolsFields.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Values = ToolValues & {
  readonly name: string
  readonly slug: string
  readonly project: string | null
  readonly owner: AppOwner | null
  readonly key: AppKeyValues
}
const empty: Values = {
  ...noTools,
  name: '',
  slug: '',
  project: null,
  owner: null,
  key: { isUrl: false, expiresIn: null, reason: '' },
}

const bodyOf = ({ name, slug, project, owner, tools, toolsDefault, key }: Values): NewApp => ({
  name,
  tools,
  toolsDefault,
  ...(slug === '' ? {} : { slug }),
  ...(project === null ? {} : { project }),
  ...(owner === null ? {} : { owner }),
  ...(key.isUrl ? { keyKind: 'url' } : {}),
  ...(key.expiresIn === null ? {} : { expiresIn: key.expiresIn }),
  ...(key.reason.trim() === '' ? {} : { allServersReason: key.reason }),
})

type Props = { readonly onClose: () => void; readonly onMade: (app: AppView) => void }
type Made = RevealAnswer & { readonly app: AppView }

/** The form, and after it the one answer that holds the secret. */
export function CreateApp({ onClose, onMade }: Props) {
  const [values, setValues] = useState(empty)
  const [made, setMade] = useState<Made | null>(null)
  const { change, isRunning, refusal } = useChange({
    run: (body: NewApp, idempotencyKey) => ask<Made>('POST /apps', { body, idempotencyKey }),
    refreshes: ['apps', 'keys'],
    done: setMade,
  })
  if (made) return <RevealSecret answer={made} onDone={() => onMade(made.app)} />
  return (
    <FormDialog
      title={t('createTitle')}
      submit={t('create')}
      size="lg"
      onClose={onClose}
      onSubmit={() => void change(bodyOf(values))}
      isReady={values.name.trim() !== ''}
      isRunning={isRunning}
      refusal={refusal}
    >
      <AboutFields values={values} onChange={setValues} refusal={refusal} />
      <Divider label={t('tools')} labelPosition="left" />
      <ToolsFields values={values} onChange={(said) => setValues({ ...values, ...said })} refusal={refusal} />
      <Divider label={t('keySettings')} labelPosition="left" />
      <AppKeyFields values={values.key} onChange={(key) => setValues({ ...values, key })} refusal={refusal} />
    </FormDialog>
  )
}

type FieldsProps = {
  readonly values: Values
  readonly onChange: (values: Values) => void
  readonly refusal: Refusal | null
}
function AboutFields({ values, onChange, refusal }: FieldsProps) {
  return (
    <>
      <TextInput
        label={t('name')}
        placeholder={t('namePlaceholder')}
        required
        maxLength={120}
        autoComplete="off"
        data-autofocus
        value={values.name}
        error={fieldError(refusal, '/name')}
        onChange={({ currentTarget: { value } }) => onChange({ ...values, name: value })}
      />
      <TextInput
        label={t('slug')}
        description={t('slugHint')}
        maxLength={31}
        autoComplete="off"
        spellCheck={false}
        value={values.slug}
        error={fieldError(refusal, '/slug')}
        onChange={({ currentTarget: { value } }) => onChange({ ...values, slug: value })}
      />
      <OwnerField
        value={values.owner}
        onChange={(owner) => onChange({ ...values, owner })}
        error={fieldError(refusal, '/owner')}
      />
      <EntityPicker
        path="/projects"
        label={t('project')}
        description={t('projectHint')}
        placeholder={t('defaultProject')}
        clearable
        value={values.project}
        onChange={(project) => onChange({ ...values, project })}
        error={fieldError(refusal, '/project')}
      />
    </>
  )
}
