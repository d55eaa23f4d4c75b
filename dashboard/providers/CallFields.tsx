import { NumberInput, Select } from '@mantine/core'
import type { ProviderAuth } from '../../src/providers/schema.ts'
import type { Refusal } from '../api.ts'
import { translator } from '../texts.ts'
import { fieldError } from '../ui/useChange.ts'
import { TimeoutFields } from '../upstreams/TimeoutFields.tsx'
import type { ProviderDraft } from './draft.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

export type FieldsProps = {
  readonly draft: ProviderDraft
  readonly onChange: (patch: Partial<ProviderDraft>) => void
  readonly refusal: Refusal | null
}
const auths = ['bearer', 'x-api-key', 'api-key'] as const
const isAuth = (text: string | null): text is ProviderAuth => auths.some((one) => one === text)

/** How it is called: what is seldom another than it was found. */
export function CallFields({ draft, onChange, refusal }: FieldsProps) {
  return (
    <>
      <Select
        label={t('auth')}
        placeholder={t('authUsual')}
        data={auths.map((value) => ({ value, label: t(value) }))}
        value={draft.auth}
        onChange={(auth) => onChange({ auth: isAuth(auth) ? auth : null })}
        error={fieldError(refusal, '/auth')}
        clearable
      />
      <NumberInput
        label={t('retriesLabel')}
        description={t('retriesHint')}
        placeholder="1"
        value={draft.retries}
        onChange={(value) => onChange({ retries: typeof value === 'number' ? value : '' })}
        min={0}
        max={5}
        allowDecimal={false}
        error={fieldError(refusal, '/retries')}
      />
      <TimeoutFields
        times={draft.times}
        onChange={(times) => onChange({ times })}
        refusal={refusal}
        answerSeconds={600}
      />
    </>
  )
}
