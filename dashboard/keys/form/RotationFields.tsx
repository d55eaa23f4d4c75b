import { Select, SimpleGrid, Stack } from '@mantine/core'
import type { WebhookView } from '../../../src/webhooks/schema.ts'
import type { PageOf } from '../../api.ts'
import { useMay } from '../../session/session.tsx'
import { Data } from '../../ui/Data.tsx'
import { useOne } from '../../ui/useCalls.ts'
import { t, useDesk } from './desk.ts'
import { NumberField } from './NumberField.tsx'
import { SwitchField } from './SwitchField.tsx'

/** A new secret every so many days, handed to a webhook or remembered by the owner. */
export function RotationFields() {
  const { form } = useDesk()
  const { rotates, deliverTo, ephemeral, honey } = form.values
  if (ephemeral || honey) return null
  return (
    <Stack gap="xs">
      <SwitchField name="rotates" label={t('rotates')} description={t('rotatesHint')} />
      {rotates && (
        <>
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <NumberField name="everyDays" label={t('everyDays')} />
            {deliverTo !== null && <NumberField name="graceSeconds" label={t('graceSeconds')} />}
          </SimpleGrid>
          <WebhookField />
        </>
      )}
    </Stack>
  )
}

function WebhookField() {
  const { form } = useDesk()
  const isListed = useMay()('webhooks:read') === 'all'
  const { data } = useOne<PageOf<WebhookView>>(isListed ? '/webhooks' : null, { limit: 200 })
  const { deliverTo } = form.values
  const named = (data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))
  const isUnnamed = deliverTo !== null && !named.some(({ value }) => value === deliverTo)
  return (
    <Select
      label={t('deliverTo')}
      description={t('deliverToHint')}
      placeholder={t('remindOnly')}
      data={isUnnamed ? [...named, { value: deliverTo, label: deliverTo }] : named}
      value={deliverTo}
      onChange={(id) => form.setFieldValue('deliverTo', id)}
      renderOption={({ option }) => <Data>{option.label}</Data>}
      clearable
      clearButtonProps={{ 'aria-label': t('remindOnly') }}
      error={form.errors['deliverTo']}
    />
  )
}
