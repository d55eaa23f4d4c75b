import { TextInput } from '@mantine/core'
import type { Refusal } from '../api.ts'
import { translator } from '../texts.ts'
import { fieldError } from '../ui/useChange.ts'
import { isUsd } from './nano.ts'
import { texts } from './texts.data.ts'
import { defaultThresholds, thresholdsOf } from './thresholds.ts'

const t = translator(texts)

type Field = {
  readonly value: string
  readonly onChange: (text: string) => void
  readonly refusal: Refusal | null
  readonly isFirst?: boolean
}

/** Text, not a number: nine digits behind the point are kept as they were typed. */
export const AmountField = ({ value, onChange, refusal, isFirst }: Field) => (
  <TextInput
    label={t('amountLabel')}
    placeholder={t('amountPlaceholder')}
    inputMode="decimal"
    autoComplete="off"
    required
    leftSection={<span translate="no">$</span>}
    value={value}
    onChange={(event) => onChange(event.currentTarget.value)}
    error={value !== '' && !isUsd(value) ? t('amountWrong') : fieldError(refusal, '/usd')}
    {...(isFirst ? { 'data-autofocus': true } : {})}
  />
)

/** Commas part them; empty is nobody. */
export const ThresholdsField = ({ value, onChange, refusal }: Field) => (
  <TextInput
    label={t('thresholdsLabel')}
    description={t('thresholdsHint')}
    placeholder={defaultThresholds}
    autoComplete="off"
    value={value}
    onChange={(event) => onChange(event.currentTarget.value)}
    error={thresholdsOf(value) === null ? t('thresholdsWrong') : fieldError(refusal, '/thresholds')}
  />
)

export const NoteField = ({ value, onChange, refusal }: Field) => (
  <TextInput
    label={t('noteLabel')}
    description={t('noteHint')}
    maxLength={500}
    value={value}
    onChange={(event) => onChange(event.currentTarget.value)}
    error={fieldError(refusal, '/note')}
  />
)
