import { JsonInput, Select, SimpleGrid, Stack, Title } from '@mantine/core'
import { TagsField } from '../../ui/TagsField.tsx'
import { AddressesField } from './AddressesField.tsx'
import { dataPill } from './DataPill.tsx'
import { t, useDesk } from './desk.ts'
import { GatewaysField } from './GatewaysField.tsx'
import { ModelsField } from './ModelsField.tsx'
import { NumberField } from './NumberField.tsx'
import { RotationFields } from './RotationFields.tsx'
import { SwitchField } from './SwitchField.tsx'

/** From where, through what and for how much at once: what most keys leave as it is. */
export function AdvancedTab() {
  const { form } = useDesk()
  const { kind, llm } = form.values
  return (
    <Stack gap="md">
      {kind === 'key' && llm && <ModelsField />}
      <AddressesField />
      <JsonInput
        label={t('metadata')}
        description={t('metadataHint')}
        rows={4}
        resize="vertical"
        translate="no"
        {...form.getInputProps('metadata')}
      />
      <GatewaysField />
      <TagsField
        label={t('tags')}
        description={t('tagsHint')}
        value={[...form.values.tags]}
        onChange={(tags) => form.setFieldValue('tags', tags)}
        renderPill={dataPill}
        error={form.errors['tags']}
      />
      <Title order={3} size="h5" mt="xs">
        {t('more')}
      </Title>
      <MoreFields />
    </Stack>
  )
}

const detachedWords = [
  { value: 'share', label: t('detachedShare') },
  { value: 'closed', label: t('detachedClosed') },
] as const

function MoreFields() {
  const { form, isNew } = useDesk()
  const { detached, kind, ephemeral, ownerType } = form.values
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <NumberField name="concurrent" label={t('concurrent')} placeholder={t('noLimit')} />
        <NumberField name="streams" label={t('streams')} placeholder={t('noLimit')} />
      </SimpleGrid>
      <Select
        label={t('detached')}
        data={detachedWords}
        value={detached}
        onChange={(said) => form.setFieldValue('detached', said === 'closed' ? 'closed' : 'share')}
        allowDeselect={false}
        error={form.errors['detached']}
      />
      <NumberField name="freshness" label={t('freshness')} description={t('freshnessHint')} />
      <RotationFields />
      {isNew && kind === 'key' && !ephemeral && ownerType !== 'member' && (
        <SwitchField name="honey" label={t('honey')} description={t('honeyHint')} />
      )}
    </>
  )
}
