import { Group, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconAlertTriangle } from '@tabler/icons-react'
import type { KeyView } from '../../../src/keys/schema.ts'
import type { PageOf } from '../../api.ts'
import { useOne } from '../../ui/useCalls.ts'
import { t, useDesk } from './desk.ts'

/** The one field that is needed. A name that is taken is said and not refused: people may have their reasons. */
export function NameField() {
  const { form, rules } = useDesk()
  const { names } = rules
  const isTaken = useIsTaken()
  return (
    <div>
      <TextInput
        label={t('name')}
        description={names.length === 0 ? t('nameHint') : t('nameRule', { names: names.join(', ') })}
        placeholder={t('namePlaceholder')}
        required
        data-autofocus
        maxLength={120}
        {...form.getInputProps('name')}
      />
      <div aria-live="polite">{isTaken && <Taken />}</div>
    </div>
  )
}

function useIsTaken(): boolean {
  const { form, keyId } = useDesk()
  const name = form.values.name.trim()
  const [asked] = useDebouncedValue(name, 300)
  const { data } = useOne<PageOf<KeyView>>(asked === '' ? null : '/keys', { search: asked, limit: 200 })
  if (asked !== name || name === form.getInitialValues().name) return false
  return data?.items.some((key) => key.id !== keyId && key.name.toLowerCase() === name.toLowerCase()) ?? false
}

const Taken = () => (
  <Group gap={6} mt={4} wrap="nowrap">
    <IconAlertTriangle size={16} aria-hidden />
    <Text size="sm">{t('nameTaken')}</Text>
  </Group>
)
