import { Checkbox, Stack, TextInput } from '@mantine/core'
import type { KeyPolicies } from '../../../src/people/policies/schema.ts'
import { translator } from '../../texts.ts'
import { useRule } from './Editing.ts'
import { NumberField } from './NumberField.tsx'
import { TieredRule } from './TieredRule.tsx'
import { texts } from './texts.data.ts'
import { WordField } from './WordField.tsx'

const t = translator(texts)

type Preset = KeyPolicies['maxExpiresIn']
export const presets: readonly Preset[] = ['never', '30d', '60d', '90d', '180d', '1y']

export function LifetimeRules() {
  const standard = useRule('defaultExpiresIn')
  const longest = useRule('maxExpiresIn')
  return (
    <>
      <TieredRule name="defaultExpiresIn" title={t('defaultExpiresIn')}>
        <WordField
          label={t('defaultExpiresIn')}
          description={t('defaultExpiresInHint')}
          words={presets}
          textOf={t}
          value={standard.value}
          onChange={standard.set}
          error={standard.error}
        />
      </TieredRule>
      <TieredRule name="maxExpiresIn" title={t('maxExpiresIn')}>
        <WordField
          label={t('maxExpiresIn')}
          description={t('maxExpiresInHint')}
          words={presets}
          textOf={(preset) => (preset === 'never' ? t('neverLongest') : t(preset))}
          value={longest.value}
          onChange={longest.set}
          error={longest.error}
        />
      </TieredRule>
      <MaxAge />
      <NameTemplate />
    </>
  )
}

/** What stands there when it is switched on: the default of the program. */
const usualAge = 90

function MaxAge() {
  const { value, set, error } = useRule('maxAgeDays')
  return (
    <TieredRule name="maxAgeDays" title={t('maxAgeDays')}>
      <Stack gap="xs">
        <Checkbox
          label={t('asksForSecrets')}
          checked={value !== null}
          onChange={({ currentTarget: { checked } }) => set(checked ? usualAge : null)}
        />
        {value !== null && (
          <NumberField
            label={t('maxAgeDays')}
            description={t('maxAgeDaysHint')}
            min={1}
            max={3650}
            value={value}
            onChange={set}
            error={error}
          />
        )}
      </Stack>
    </TieredRule>
  )
}

function NameTemplate() {
  const { value, set, error } = useRule('nameTemplate')
  return (
    <TieredRule name="nameTemplate" title={t('nameTemplate')}>
      <TextInput
        label={t('nameTemplate')}
        description={t('nameTemplateHint')}
        maxLength={120}
        autoComplete="off"
        spellCheck={false}
        value={value ?? ''}
        onChange={({ currentTarget: { value: text } }) => set(text === '' ? null : text)}
        error={error}
      />
    </TieredRule>
  )
}
