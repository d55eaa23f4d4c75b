import { Select, Stack } from '@mantine/core'
import type { GatewayView } from '../../../src/fleet/schema.ts'
import type { PageOf } from '../../api.ts'
import { useMay } from '../../session/session.tsx'
import { useOne } from '../../ui/useCalls.ts'
import { t, useDesk } from './desk.ts'
import { NamesField } from './NamesField.tsx'

const rules = [
  { value: 'all', label: t('gatewaysAll') },
  { value: 'only', label: t('gatewaysOnly') },
  { value: 'except', label: t('gatewaysExcept') },
  { value: 'none', label: t('gatewaysNone') },
] as const

/** Gateways have names that only who looks after them knows; whoever does not is not asked. */
export function GatewaysField() {
  const { form, refs } = useDesk()
  const isListed = useMay()('gateways:read') === 'all'
  const { data } = useOne<PageOf<GatewayView>>(isListed ? '/gateways' : null, { limit: 200 })
  const { gatewayRule, gateways } = form.values
  if (!isListed) return null
  return (
    <Stack gap="xs">
      <Select
        label={t('gatewayRule')}
        data={rules}
        value={gatewayRule}
        onChange={(said) =>
          form.setFieldValue('gatewayRule', rules.find(({ value }) => value === said)?.value ?? 'all')
        }
        allowDeselect={false}
      />
      {(gatewayRule === 'only' || gatewayRule === 'except') && (
        <NamesField
          label={t('gateways')}
          options={(data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          value={gateways}
          onChange={(list) => form.setFieldValue('gateways', list)}
          nameOf={(id) => refs[id]?.name}
          error={form.errors['gateways']}
        />
      )}
    </Stack>
  )
}
