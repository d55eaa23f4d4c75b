import { Select, Stack } from '@mantine/core'
import { admits } from './choices.ts'
import { t, useDesk } from './desk.ts'
import { NamesField } from './NamesField.tsx'

const rules = [
  { value: 'only', label: t('modelsOnly') },
  { value: 'except', label: t('modelsExcept') },
  { value: 'none', label: t('modelsNone') },
] as const

/** Models by name. One that no provider offers is kept and said to match nothing: it may come. */
export function ModelsField() {
  const { form, offers } = useDesk()
  const { modelRule, models, providers } = form.values
  const offered = offers.providers.filter(({ id }) => admits(providers, id))
  const ids = [...new Set(offered.flatMap((provider) => provider.models.map(({ id }) => id)))].sort()
  return (
    <Stack gap="xs">
      <Select
        label={t('modelRule')}
        data={rules}
        value={modelRule}
        onChange={(said) => form.setFieldValue('modelRule', rules.find(({ value }) => value === said)?.value ?? 'only')}
        allowDeselect={false}
      />
      {modelRule !== 'none' && (
        <NamesField
          label={modelRule === 'except' ? t('deniedModels') : t('allowedModels')}
          placeholder={models.length === 0 ? t('allModels') : ''}
          options={ids.map((id) => ({ value: id, label: id }))}
          value={models}
          onChange={(list) => form.setFieldValue('models', list)}
          marksUnknown
          error={form.errors['models']}
        />
      )}
    </Stack>
  )
}
