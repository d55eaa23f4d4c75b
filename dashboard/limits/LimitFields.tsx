import { NumberInput, Select, SimpleGrid, Stack, Text } from '@mantine/core'
import type { KeyLimits } from '../../src/limits/schema.ts'
import type { Refusal } from '../api.ts'
import { translator } from '../texts.ts'
import { fieldError } from '../ui/useChange.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

const numbers = [
  ['requestsPerMinute', 'requests', 'requestsHint'],
  ['tokensPerMinute', 'tokens', 'tokensHint'],
  ['concurrent', 'concurrent', 'concurrentHint'],
  ['streams', 'streams', 'streamsHint'],
] as const

export const noLimits: KeyLimits = {
  requestsPerMinute: null,
  tokensPerMinute: null,
  concurrent: null,
  streams: null,
  detached: 'share',
}
export const saysNothing = (limits: KeyLimits): boolean => numbers.every(([field]) => limits[field] === null)

type Props = {
  readonly value: KeyLimits
  readonly onChange: (limits: KeyLimits) => void
  readonly refusal: Refusal | null
}

/** Empty is no limit. */
export function LimitFields({ value, onChange, refusal }: Props) {
  return (
    <Stack gap="sm">
      <SimpleGrid cols={{ base: 1, sm: 2 }} verticalSpacing="sm">
        {numbers.map(([field, label, hint]) => (
          <NumberInput
            key={field}
            label={t(label)}
            description={t(hint)}
            placeholder={t('none')}
            min={1}
            max={1_000_000_000}
            allowDecimal={false}
            thousandSeparator=" "
            hideControls
            value={value[field] ?? ''}
            onChange={(typed) => onChange({ ...value, [field]: typed === '' ? null : Number(typed) })}
            error={fieldError(refusal, `/${field}`)}
          />
        ))}
      </SimpleGrid>
      <Select
        label={t('detached')}
        description={t('detachedHint')}
        allowDeselect={false}
        data={[
          { value: 'share', label: t('shareLong') },
          { value: 'closed', label: t('closedLong') },
        ]}
        value={value.detached}
        onChange={(picked) => onChange({ ...value, detached: picked === 'closed' ? 'closed' : 'share' })}
      />
      <Text size="xs" c="dimmed">
        {saysNothing(value) ? t('nothingSet') : t('window')}
      </Text>
    </Stack>
  )
}
