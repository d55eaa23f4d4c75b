import { Select, Stack } from '@mantine/core'
import { TagsField } from '../../ui/TagsField.tsx'
import { itemsOf } from './choices.ts'
import { dataPill } from './DataPill.tsx'
import { t, useDesk } from './desk.ts'

const rules = [
  { value: 'all', label: t('toolsDefaultAll') },
  { value: 'none', label: t('toolsDefaultNone') },
  { value: 'only', label: t('toolsDefaultOnly') },
  { value: 'except', label: t('toolsDefaultExcept') },
] as const

/** What holds for the tools of a server that is let in later, when nobody can tick them now. */
export function ToolsDefaultField() {
  const { form } = useDesk()
  const { toolsDefault } = form.values
  const names = itemsOf(toolsDefault)
  const set = (said: string | null, items: readonly string[]) => {
    const mode = rules.find(({ value }) => value === said)?.value ?? 'all'
    form.setFieldValue('toolsDefault', mode === 'all' || mode === 'none' ? { mode } : { mode, items: [...items] })
  }
  return (
    <Stack gap="xs">
      <Select
        label={t('toolsDefault')}
        data={rules}
        value={toolsDefault.mode}
        onChange={(said) => set(said, names)}
        allowDeselect={false}
        error={form.errors['toolsDefault']}
      />
      {(toolsDefault.mode === 'only' || toolsDefault.mode === 'except') && (
        <TagsField
          label={t('toolNames')}
          value={[...names]}
          onChange={(items) => set(toolsDefault.mode, items)}
          renderPill={dataPill}
        />
      )}
    </Stack>
  )
}
