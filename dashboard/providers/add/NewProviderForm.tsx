import { Accordion, PasswordInput, Select, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { Preset } from '../../../src/providers/schema.ts'
import { ask } from '../../api.ts'
import { PlaceFields } from '../../servers/PlaceFields.tsx'
import { translator } from '../../texts.ts'
import { FormDialog } from '../../ui/Dialog.tsx'
import { NameAndSlug } from '../../ui/NameAndSlug.tsx'
import { TagsField } from '../../ui/TagsField.tsx'
import { fieldError, useChange } from '../../ui/useChange.ts'
import type { OneProvider } from '../answers.ts'
import { CallFields, type FieldsProps } from '../CallFields.tsx'
import { emptyDraft, newProviderOf, type ProviderDraft } from '../draft.ts'
import { presets } from '../presets.data.ts'
import { texts } from '../texts.data.ts'

const t = translator(texts)

type Props = { readonly onClose: () => void; readonly onMade: (answer: OneProvider) => void }

export function NewProviderForm({ onClose, onMade }: Props) {
  const [draft, setDraft] = useState<ProviderDraft>({ ...emptyDraft, name: t('openai'), slug: 'openai' })
  const set = (patch: Partial<ProviderDraft>) => setDraft((before) => ({ ...before, ...patch }))
  const { change, isRunning, refusal } = useChange({
    run: (input: ProviderDraft, idempotencyKey) =>
      ask<OneProvider>('POST /providers', { body: newProviderOf(input), idempotencyKey }),
    refreshes: ['providers', 'catalogs'],
    done: onMade,
  })
  const fields = { draft, onChange: set, refusal }
  const needsUrl = knownOf(draft.preset)?.baseUrl === null || draft.preset === null
  return (
    <FormDialog
      title={t('addTitle')}
      onClose={onClose}
      size="lg"
      submit={t('submitAdd')}
      onSubmit={() => void change(draft)}
      isRunning={isRunning}
      isReady={draft.slug !== '' && (!needsUrl || draft.baseUrl !== '')}
      refusal={refusal}
    >
      <PresetField {...fields} />
      {draft.preset === null && <DialectField {...fields} />}
      <UrlField {...fields} />
      <PasswordInput
        label={t('apiKey')}
        description={t('apiKeyHint')}
        value={draft.credential}
        onChange={(event) => set({ credential: event.currentTarget.value })}
        error={fieldError(refusal, '/credential')}
        autoComplete="off"
      />
      <TagsField
        label={t('modelNames')}
        description={t(knownOf(draft.preset)?.isListed ? 'modelNamesListed' : 'modelNamesNeeded')}
        value={[...draft.models]}
        onChange={(models) => set({ models })}
        error={fieldError(refusal, '/models')}
      />
      <NameAndSlug
        // Another kind suggests another slug, and without one the slug follows the name again.
        key={draft.preset}
        words={{
          ...{ name: t('name'), namePlaceholder: t('namePlaceholder') },
          ...{ slug: t('slug'), slugHint: t('slugHint') },
        }}
        values={draft}
        onChange={({ name, slug }) => set({ name, slug })}
        refusal={refusal}
        isNew
      />
      <Advanced {...fields} />
    </FormDialog>
  )
}

const knownOf = (id: Preset | null) => presets.find((preset) => preset.id === id)
const own = 'own'

/** A name that nobody has written yet follows what was chosen. */
function PresetField({ draft, onChange }: FieldsProps) {
  const data = [...presets.map(({ id }) => ({ value: id, label: t(id) })), { value: own, label: t(own) }]
  const choose = (value: string | null) => {
    const preset = presets.find(({ id }) => id === value)?.id ?? null
    const isOurs = draft.name === '' || draft.name === t(draft.preset ?? own)
    const named = { name: preset ? t(preset) : '', slug: preset ?? '' }
    onChange({ preset, baseUrl: '', ...(isOurs ? named : {}) })
  }
  return (
    <Select
      label={t('which')}
      data={data}
      value={draft.preset ?? own}
      onChange={choose}
      allowDeselect={false}
      data-autofocus
    />
  )
}

function DialectField({ draft, onChange, refusal }: FieldsProps) {
  return (
    <Select
      label={t('dialect')}
      data={[
        { value: 'openai', label: t('speaksOpenai') },
        { value: 'anthropic', label: t('speaksAnthropic') },
      ]}
      value={draft.dialect}
      onChange={(value) => onChange({ dialect: value === 'anthropic' ? 'anthropic' : 'openai' })}
      error={fieldError(refusal, '/dialect')}
      allowDeselect={false}
    />
  )
}

function UrlField({ draft, onChange, refusal }: FieldsProps) {
  const usual = knownOf(draft.preset)?.baseUrl ?? null
  return (
    <TextInput
      label={t('baseUrl')}
      description={usual === null ? t('baseUrlHint') : t('baseUrlUsual', { url: usual })}
      type="url"
      value={draft.baseUrl}
      onChange={(event) => onChange({ baseUrl: event.currentTarget.value })}
      error={fieldError(refusal, '/baseUrl')}
      required={usual === null}
      autoComplete="off"
      spellCheck={false}
    />
  )
}

const Advanced = (fields: FieldsProps) => (
  <Accordion variant="contained" order={3}>
    <Accordion.Item value="advanced">
      <Accordion.Control>{t('advanced')}</Accordion.Control>
      <Accordion.Panel>
        <Stack gap="sm">
          <PlaceFields value={fields.draft} onChange={fields.onChange} refusal={fields.refusal} />
          <CallFields {...fields} />
        </Stack>
      </Accordion.Panel>
    </Accordion.Item>
  </Accordion>
)
