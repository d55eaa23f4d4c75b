import { Checkbox, Stack } from '@mantine/core'
import { TagsField } from '../../ui/TagsField.tsx'
import { dataPill } from './DataPill.tsx'
import { t, useDesk } from './desk.ts'

/** From where the key may be used. An empty list is no list; that nobody may is a word of its own. */
export function AddressesField() {
  const { form, policies } = useDesk()
  const { addressRule, addresses } = form.values
  const networks = policies.addresses.mode === 'only' ? policies.addresses.cidrs : null
  const isShut = addressRule === 'none'
  return (
    <Stack gap="xs">
      {!isShut && (
        <TagsField
          label={t('addresses')}
          description={
            networks === null ? t('addressesHint') : t('addressesRule', { networks: networks.join(', ') || '–' })
          }
          placeholder={addresses.length === 0 ? t('anyAddress') : ''}
          value={[...addresses]}
          onChange={(list) => form.setFieldValue('addresses', list)}
          renderPill={dataPill}
          error={form.errors['addresses']}
        />
      )}
      {(isShut || form.getInitialValues().addressRule === 'none') && (
        <Checkbox
          label={t('noAddress')}
          checked={isShut}
          onChange={(event) => form.setFieldValue('addressRule', event.currentTarget.checked ? 'none' : 'listed')}
        />
      )}
    </Stack>
  )
}
