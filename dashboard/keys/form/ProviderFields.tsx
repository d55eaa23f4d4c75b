import { Fieldset, Stack, Text } from '@mantine/core'
import { ChoiceSwitches } from './ChoiceSwitches.tsx'
import { t, useDesk } from './desk.ts'
import { SwitchField } from './SwitchField.tsx'

/** One toggle for each provider; all of them on is no restriction (D30). */
export function ProviderFields() {
  const { form, offers, refs } = useDesk()
  const { llm, providers } = form.values
  const known = offers.providers.map(({ id, name }) => ({ id, name }))
  const gone = providers.mode === 'only' || providers.mode === 'except' ? providers.items : []
  const named = gone.flatMap((id) => {
    const name = refs[id]?.name
    return name === undefined || known.some((each) => each.id === id) ? [] : [{ id, name }]
  })
  return (
    <Stack gap="md">
      <SwitchField name="llm" label={t('models')} description={t('modelsHint')} />
      {llm && (
        <Fieldset legend={t('providers')}>
          <Stack gap="sm">
            <Text size="sm" c="dimmed">
              {known.length === 0 ? t('noProviders') : t('providersHint')}
            </Text>
            <ChoiceSwitches
              look="switches"
              isWhole
              items={[...known, ...named]}
              choice={providers}
              onChange={(choice) => form.setFieldValue('providers', choice)}
              later={t('providersLater')}
            />
            {form.errors['providers'] && (
              <Text size="sm" c="var(--mantine-color-error)">
                {form.errors['providers']}
              </Text>
            )}
          </Stack>
        </Fieldset>
      )}
    </Stack>
  )
}
