import { Group, Radio, Select, Stack } from '@mantine/core'
import type { Refusal } from '../../api.ts'
import { translator } from '../../texts.ts'
import { fieldError } from '../../ui/useChange.ts'
import { dayS, hourS, type RotateFields } from './rotateInput.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

const spans = [
  { value: String(hourS), label: t('hour') },
  { value: String(dayS), label: t('day') },
  { value: String(7 * dayS), label: t('week') },
  { value: String(30 * dayS), label: t('month') },
] as const
const deadlines = [...spans, { value: String(90 * dayS), label: t('quarter') }]
const silences = [{ value: '', label: t('silentNever') }, ...spans]

type Props = {
  readonly fields: RotateFields
  readonly onChange: (fields: RotateFields) => void
  readonly refusal: Refusal | null
}

/** What becomes of the old secret: at once unless somebody asks for an overlap. */
export function RotateModes({ fields, onChange, refusal }: Props) {
  const set = (patch: Partial<RotateFields>) => onChange({ ...fields, ...patch })
  const setMode = (mode: string) => {
    if (mode === 'immediate' || mode === 'grace' || mode === 'on-first-use') set({ mode })
  }
  return (
    <Stack gap="sm">
      <Radio.Group label={t('how')} value={fields.mode} onChange={setMode}>
        <Stack gap="xs" mt={6}>
          <Radio value="immediate" label={t('atOnce')} description={t('atOnceHint')} />
          <Radio value="grace" label={t('grace')} description={t('graceHint')} />
          <Radio value="on-first-use" label={t('onFirstUse')} description={t('onFirstUseHint')} />
        </Stack>
      </Radio.Group>
      {fields.mode !== 'immediate' && (
        <Group grow align="flex-end" gap="sm">
          <Select
            label={fields.mode === 'grace' ? t('graceFor') : t('graceAfter')}
            data={[...spans]}
            value={fields.grace}
            onChange={(grace) => set({ grace: grace ?? fields.grace })}
            allowDeselect={false}
            error={fieldError(refusal, '/graceSeconds')}
          />
          {fields.mode === 'on-first-use' && (
            <Select
              label={t('deadline')}
              data={deadlines}
              value={fields.deadline}
              onChange={(deadline) => set({ deadline: deadline ?? fields.deadline })}
              allowDeselect={false}
              error={fieldError(refusal, '/deadlineSeconds')}
            />
          )}
          <Select
            label={t('silent')}
            data={silences}
            value={fields.silent}
            onChange={(silent) => set({ silent: silent ?? '' })}
            allowDeselect={false}
            error={fieldError(refusal, '/silentSeconds')}
          />
        </Group>
      )}
    </Stack>
  )
}
