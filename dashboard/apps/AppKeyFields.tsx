import { Checkbox, Select, Textarea } from '@mantine/core'
import type { NewApp } from '../../src/apps/schema.ts'
import type { Policies } from '../../src/people/policies/schema.ts'
import type { Refusal } from '../api.ts'
import { translator } from '../texts.ts'
import { useOne } from '../ui/useCalls.ts'
import { fieldError } from '../ui/useChange.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Expiry = NonNullable<NewApp['expiresIn']>
const presets: readonly Expiry[] = ['never', '30d', '60d', '90d', '180d', '1y']

export type AppKeyValues = { readonly isUrl: boolean; readonly expiresIn: Expiry | null; readonly reason: string }
type Props = {
  readonly values: AppKeyValues
  readonly onChange: (values: AppKeyValues) => void
  readonly refusal: Refusal | null
}

/** Of the key that is made with an app, what cannot be said elsewhere. */
export function AppKeyFields({ values, onChange, refusal }: Props) {
  const asksWhy = useAsksWhy()
  return (
    <>
      <Select
        label={t('expires')}
        placeholder={t('asPolicy')}
        clearable
        data={presets.map((preset) => ({ value: preset, label: t(preset) }))}
        value={values.expiresIn}
        onChange={(said) => onChange({ ...values, expiresIn: presets.find((each) => each === said) ?? null })}
        error={fieldError(refusal, '/expiresIn')}
      />
      <Checkbox
        label={t('urlKey')}
        description={t('urlKeyHint')}
        checked={values.isUrl}
        onChange={({ currentTarget: { checked } }) => onChange({ ...values, isUrl: checked })}
        error={fieldError(refusal, '/keyKind')}
      />
      {(asksWhy || fieldError(refusal, '/allServersReason')) && (
        <Textarea
          label={t('reason')}
          description={t('reasonHint')}
          autosize
          value={values.reason}
          onChange={({ currentTarget: { value } }) => onChange({ ...values, reason: value })}
          error={fieldError(refusal, '/allServersReason')}
        />
      )}
    </>
  )
}

function useAsksWhy(): boolean {
  const { data } = useOne<{ policies: Policies }>('/policies')
  if (!data) return false
  const { allServers, tiers } = data.policies
  return [allServers, ...Object.values(tiers).map((tier) => tier.allServers)].includes('with-reason')
}
