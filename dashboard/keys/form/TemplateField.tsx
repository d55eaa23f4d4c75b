import { Select, Text } from '@mantine/core'
import { useState } from 'react'
import type { KeyTemplate } from '../../../src/keys/copies/schema.ts'
import { Data } from '../../ui/Data.tsx'
import { useOne } from '../../ui/useCalls.ts'
import { t, useDesk } from './desk.ts'
import { valuesOfNewKey } from './values.ts'

/** A template fills in the form; whose key it is stays, and so does a name that somebody typed. */
export function TemplateField() {
  const { form } = useDesk()
  const [chosen, choose] = useState<string | null>(null)
  const { data } = useOne<{ items: readonly KeyTemplate[] }>('/key-templates')
  const templates = data?.items ?? []
  const template = templates.find(({ id }) => id === chosen)
  const start = (id: string | null) => {
    const { name, ownerType, ownerId, projects } = form.values
    const before = templates.find((each) => each.id === chosen)?.key.name ?? ''
    const named = templates.find((each) => each.id === id)?.key
    const values = named ? { ...valuesOfNewKey(named), projects } : form.getInitialValues()
    form.setValues({ ...values, name: name === before ? values.name : name, ownerType, ownerId })
    form.clearErrors()
    choose(id)
  }
  return (
    <div>
      <Select
        label={t('startFrom')}
        description={t('startFromHint')}
        placeholder={t('startFromNothing')}
        data={templates.map(({ id, name }) => ({ value: id, label: name }))}
        renderOption={({ option }) => <Data>{option.label}</Data>}
        value={chosen}
        onChange={start}
        clearable
        clearButtonProps={{ 'aria-label': t('startFromNothing') }}
      />
      {template && (
        <Text size="sm" c="dimmed" mt={4}>
          <Data>{template.description}</Data>
        </Text>
      )}
    </div>
  )
}
