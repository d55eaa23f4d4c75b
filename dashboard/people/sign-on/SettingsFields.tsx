import { Radio, Select, Stack, Switch } from '@mantine/core'
import type { Refusal } from '../../api.ts'
import { translator } from '../../texts.ts'
import { TagsField } from '../../ui/TagsField.tsx'
import { fieldError } from '../../ui/useChange.ts'
import { GroupRules } from './GroupRules.tsx'
import { givenRoles } from './given-roles.data.ts'
import { texts } from './texts.data.ts'
import type { TypedSettings } from './typed.ts'

const t = translator(texts)

type Props = {
  readonly typed: TypedSettings
  readonly onChange: (typed: TypedSettings) => void
  readonly refusal: Refusal | null
}

/** Of whom the provider may speak, and what they become. */
export function SettingsFields({ typed, onChange, refusal }: Props) {
  const chooseRole = (text: string | null) => {
    const role = givenRoles.find((one) => one === text)
    if (role) onChange({ ...typed, defaultRole: role })
  }
  return (
    <>
      <TagsField
        label={t('domains')}
        description={t('domainsHint')}
        value={[...typed.domains]}
        onChange={(domains) => onChange({ ...typed, domains })}
        error={fieldError(refusal, '/domains')}
        required
      />
      <Radio.Group
        label={t('provisioning')}
        value={typed.provisioning}
        onChange={(value) => onChange({ ...typed, provisioning: value === 'by-domain' ? value : 'off' })}
      >
        <Stack gap="xs" mt={4}>
          <Radio value="off" label={t('off')} />
          <Radio value="by-domain" label={t('by-domain')} />
        </Stack>
      </Radio.Group>
      <Select
        label={t('defaultRole')}
        data={givenRoles.map((value) => ({ value, label: t(value) }))}
        value={typed.defaultRole}
        onChange={chooseRole}
        allowDeselect={false}
        error={fieldError(refusal, '/defaultRole')}
      />
      <Switch
        label={t('secondFactor')}
        description={t('secondFactorHint')}
        checked={typed.secondFactor}
        onChange={(event) => onChange({ ...typed, secondFactor: event.currentTarget.checked })}
      />
      <TagsField
        label={t('scopes')}
        value={[...typed.scopes]}
        onChange={(scopes) => onChange({ ...typed, scopes })}
        error={fieldError(refusal, '/scopes')}
      />
      <GroupRules typed={typed} onChange={onChange} refusal={refusal} />
    </>
  )
}
