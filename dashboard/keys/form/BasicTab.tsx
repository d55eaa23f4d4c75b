import { Alert, SimpleGrid, Stack, Switch, Textarea } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { BudgetFields } from './BudgetFields.tsx'
import { t, useDesk } from './desk.ts'
import { ExpiryField } from './ExpiryField.tsx'
import { NameField } from './NameField.tsx'
import { NumberField } from './NumberField.tsx'
import { OwnerField } from './OwnerField.tsx'
import { ProviderFields } from './ProviderFields.tsx'
import { SwitchField } from './SwitchField.tsx'

/** What nearly every key is asked for. */
export function BasicTab({ hasOwnerFirst }: { readonly hasOwnerFirst: boolean }) {
  const { form, isNew } = useDesk()
  const { ephemeral, active, kind } = form.values
  return (
    <Stack gap="md">
      {isNew && hasOwnerFirst && <OwnerField />}
      <NameField />
      <Textarea
        label={t('description')}
        description={t('descriptionHint')}
        rows={2}
        resize="vertical"
        translate="no"
        maxLength={2000}
        {...form.getInputProps('description')}
      />
      {isNew && !hasOwnerFirst && <OwnerField />}
      <SwitchField name="active" label={t('status')} description={active ? t('active') : t('inactive')} />
      {!ephemeral && <EndField />}
      <LimitFields />
      <BudgetFields />
      {isNew && <EphemeralFields />}
      {isNew && <UrlField />}
      {kind === 'url' ? <UrlNote /> : <ProviderFields />}
    </Stack>
  )
}

function EndField() {
  const { form, rules } = useDesk()
  const { expires, expiresOn } = form.values
  return (
    <ExpiryField
      rules={rules}
      expires={expires}
      expiresOn={expiresOn}
      onChange={(said) => {
        if (said.expires !== 'same') form.setValues({ expires: said.expires, expiresOn: said.expiresOn })
        form.clearFieldError('expires')
        form.clearFieldError('expiresOn')
      }}
      error={form.errors['expires']}
      dateError={form.errors['expiresOn']}
    />
  )
}

function LimitFields() {
  const { ceilings } = useDesk().rules
  const rule = (most: number | undefined) => (most === undefined ? t('limitsHint') : t('limitRule', { most }))
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }}>
      <NumberField
        name="requestsPerMinute"
        label={t('requestsPerMinute')}
        placeholder={t('noLimit')}
        description={rule(ceilings?.requestsPerMinute)}
      />
      <NumberField
        name="tokensPerMinute"
        label={t('tokensPerMinute')}
        placeholder={t('noLimit')}
        description={rule(ceilings?.tokensPerMinute)}
      />
    </SimpleGrid>
  )
}

function EphemeralFields() {
  const { form, rules } = useDesk()
  const { ephemeral, ownerType, kind } = form.values
  const isForOther = ownerType === 'member'
  return (
    <>
      <SwitchField
        name="ephemeral"
        label={t('ephemeral')}
        description={isForOther ? t('ephemeralNotForOthers') : t('ephemeralHint')}
        disabled={!ephemeral && (isForOther || kind === 'url')}
      />
      {ephemeral && (
        <NumberField
          name="ttlSeconds"
          label={t('ttlSeconds')}
          description={t('ttlHint', { most: rules.longestChild })}
        />
      )}
    </>
  )
}

function UrlField() {
  const { form, rules } = useDesk()
  const { kind, ephemeral } = form.values
  const isUrl = kind === 'url'
  return (
    <Switch
      label={t('urlKey')}
      description={rules.urlKeys ? t('urlKeyHint') : t('urlKeyOff')}
      checked={isUrl}
      disabled={!isUrl && (!rules.urlKeys || ephemeral)}
      onChange={(event) => form.setFieldValue('kind', event.currentTarget.checked ? 'url' : 'key')}
      error={form.errors['kind']}
    />
  )
}

function UrlNote() {
  return (
    <Alert color="yellow" icon={<IconAlertTriangle size={20} />} title={t('urlKeyTitle')}>
      <Stack gap="sm">
        <div>{t('urlKeyText')}</div>
        <SwitchField name="pinNetwork" label={t('pinNetwork')} description={t('pinNetworkHint')} />
      </Stack>
    </Alert>
  )
}
