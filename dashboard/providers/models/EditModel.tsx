import { NumberInput, Select, SimpleGrid, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { ProviderView } from '../../../src/providers/schema.ts'
import { ask, type Refusal } from '../../api.ts'
import { translator } from '../../texts.ts'
import { FormDialog } from '../../ui/Dialog.tsx'
import { TagsField } from '../../ui/TagsField.tsx'
import { fieldError, useChange } from '../../ui/useChange.ts'
import type { ChangedProvider, OfferedModel } from '../answers.ts'
import { texts } from '../texts.data.ts'
import { draftOf, type ModelDraft, modelOf } from './model-draft.ts'
import { PriceFields } from './PriceFields.tsx'

const t = translator(texts)

type Props = {
  readonly provider: ProviderView
  /** Null: a new one. */
  readonly id: string | null
  readonly offered: OfferedModel | null
  readonly onClose: () => void
}

/** One model of a provider, whose models are changed as a whole: the others go along as they were. */
export function EditModel({ provider, id, offered, onClose }: Props) {
  // What somebody saw when the dialog was opened: a change in between is refused and not overwritten.
  const [before] = useState(provider)
  const at = before.models.findIndex((model) => model.id === id)
  const place = at < 0 ? before.models.length : at
  const [draft, setDraft] = useState<ModelDraft>(() => draftOf(before.models[at] ?? null))
  const set = (patch: Partial<ModelDraft>) => setDraft((was) => ({ ...was, ...patch }))
  const { change, isRunning, refusal } = useChange({
    run: (input: ModelDraft) =>
      ask<ChangedProvider>(`PATCH /providers/${before.id}`, {
        body: { models: before.models.toSpliced(place, 1, modelOf(input)) },
        revision: before.revision,
      }),
    refreshes: ['providers'],
    said: t('modelSaved'),
    done: onClose,
  })
  const pointer = `/models/${place}`
  return (
    <FormDialog
      title={id === null ? t('newModelTitle') : t('modelTitle', { name: id })}
      onClose={onClose}
      size="lg"
      submit={t('save')}
      onSubmit={() => void change(draft)}
      isRunning={isRunning}
      isReady={draft.id.trim() !== ''}
      refusal={refusal}
    >
      {id === null && (
        <TextInput
          label={t('modelName')}
          description={t('modelNameHint')}
          value={draft.id}
          onChange={(event) => set({ id: event.currentTarget.value })}
          error={fieldError(refusal, `${pointer}/id`)}
          required
          data-autofocus
          autoComplete="off"
          spellCheck={false}
        />
      )}
      <TagsField
        label={t('aliases')}
        description={t('aliasesHint')}
        value={[...draft.aliases]}
        onChange={(aliases) => set({ aliases })}
        error={fieldError(refusal, `${pointer}/aliases`)}
      />
      <PriceFields
        prices={draft.prices}
        onChange={(prices) => set({ prices })}
        listed={offered?.prices.find(({ source }) => source !== 'organization') ?? null}
        refusal={refusal}
        pointer={pointer}
      />
      <TagsField
        label={t('fallbacks')}
        description={t('fallbacksHint')}
        value={[...draft.fallbacks]}
        onChange={(fallbacks) => set({ fallbacks })}
        error={fieldError(refusal, `${pointer}/fallbacks`)}
      />
      <SizeFields draft={draft} onChange={set} refusal={refusal} pointer={pointer} />
    </FormDialog>
  )
}

type SizeProps = {
  readonly draft: ModelDraft
  readonly onChange: (patch: Partial<ModelDraft>) => void
  readonly refusal: Refusal | null
  readonly pointer: string
}
function SizeFields({ draft, onChange, refusal, pointer }: SizeProps) {
  const size = (name: 'contextTokens' | 'maxOutputTokens') => (
    <NumberInput
      label={t(name)}
      value={draft[name]}
      onChange={(value) => onChange({ [name]: typeof value === 'number' ? value : '' })}
      error={fieldError(refusal, `${pointer}/${name}`)}
      min={1}
      allowDecimal={false}
      thousandSeparator
      hideControls
    />
  )
  return (
    <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="sm" style={{ alignItems: 'end' }}>
      {size('contextTokens')}
      {size('maxOutputTokens')}
      <Select
        label={t('reasoning')}
        data={[
          { value: 'known', label: t('reasoningKnown') },
          { value: 'yes', label: t('yes') },
          { value: 'no', label: t('no') },
        ]}
        value={draft.reasoning === null ? 'known' : draft.reasoning ? 'yes' : 'no'}
        onChange={(value) => onChange({ reasoning: value === 'known' ? null : value === 'yes' })}
        allowDeselect={false}
      />
    </SimpleGrid>
  )
}
