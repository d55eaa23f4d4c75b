import { Group, Select, TextInput } from '@mantine/core'
import { t } from './desk.ts'
import { isLonger, lengths, type Rules } from './rules.ts'
import type { KeyValues, Preset } from './values.ts'

const names = {
  never: t('expiresNever'),
  '30d': t('expires30d'),
  '60d': t('expires60d'),
  '90d': t('expires90d'),
  '180d': t('expires180d'),
  '1y': t('expires1y'),
} as const satisfies Record<Preset, string>

type Said = KeyValues['expires'] | 'same'
type Props = {
  readonly rules: Pick<Rules, 'longest'>
  readonly expires: Said
  readonly expiresOn: string
  readonly onChange: (said: { expires: Said; expiresOn: string }) => void
  /** Of a copy: it may end when its original does. */
  readonly hasSame?: boolean
  readonly error?: React.ReactNode
  readonly dateError?: React.ReactNode
}

/** When the key ends; what a policy does not allow cannot be chosen. */
export function ExpiryField({ rules, expires, expiresOn, onChange, hasSame = false, error, dateError }: Props) {
  const { longest } = rules
  const presets = (['never', ...lengths.filter((each) => each !== 'never')] as const).map((value) => ({
    value,
    label: names[value],
    disabled: isLonger(value, longest),
  }))
  const options = [
    ...(hasSame ? [{ value: 'same', label: t('expiresSame') } as const] : []),
    ...presets,
    { value: 'date', label: t('expiresDate') } as const,
  ]
  const rule = longest === 'never' ? undefined : t('expirationRule', { longest: names[longest] })
  const isTooLong = expires !== 'same' && expires !== 'date' && isLonger(expires, longest)
  return (
    <Group align="flex-start" grow preventGrowOverflow={false}>
      <Select
        label={t('expiration')}
        description={rule}
        data={options}
        value={expires}
        onChange={(said) =>
          onChange({ expires: options.find(({ value }) => value === said)?.value ?? 'never', expiresOn })
        }
        allowDeselect={false}
        error={error ?? (isTooLong ? rule : undefined)}
        miw={200}
      />
      {expires === 'date' && (
        <TextInput
          type="datetime-local"
          label={t('expiresOn')}
          description={t('expiresOnHint')}
          value={expiresOn}
          onChange={(event) => onChange({ expires, expiresOn: event.currentTarget.value })}
          error={dateError}
          required
        />
      )}
    </Group>
  )
}
