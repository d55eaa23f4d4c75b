import { NumberInput, Select, SimpleGrid, Stack, Switch, Text } from '@mantine/core'
import type { Ceilings } from '../../../src/people/policies/schema.ts'
import { translator } from '../../texts.ts'
import { CeilingChoice } from './CeilingChoice.tsx'
import { useRule } from './Editing.ts'
import { presets } from './LifetimeRules.tsx'
import { TieredRule } from './TieredRule.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

const counts = ['requestsPerMinute', 'tokensPerMinute', 'concurrent', 'keysPerMember'] as const

/** What is left out is not bounded: an empty field takes its name out. */
function withField<N extends keyof Ceilings>(before: Ceilings, name: N, value: Ceilings[N] | undefined): Ceilings {
  const { [name]: _before, ...rest } = before
  return value === undefined ? rest : { ...rest, [name]: value }
}

export function CeilingRules() {
  const { value, set, error } = useRule('ceilings')
  return (
    <TieredRule name="ceilings" title={t('ceilings')}>
      <Stack gap="sm" className="wide">
        <Text size="sm" c="dimmed" maw="72ch">
          {t('ceilingsHint')}
        </Text>
        <Switch
          label={t('isBounded')}
          checked={value !== null}
          onChange={({ currentTarget: { checked } }) => set(checked ? {} : null)}
          error={error}
        />
        {value !== null && <Fields value={value} onChange={set} />}
      </Stack>
    </TieredRule>
  )
}

type FieldsProps = { readonly value: Ceilings; readonly onChange: (value: Ceilings) => void }
function Fields({ value, onChange }: FieldsProps) {
  const put = <N extends keyof Ceilings>(name: N, said: Ceilings[N] | undefined) =>
    onChange(withField(value, name, said))
  return (
    <>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
        <NumberInput
          label={t('budgetUsdPerMonth')}
          placeholder={t('unbounded')}
          min={0}
          decimalScale={2}
          prefix="$"
          thousandSeparator=","
          value={value.budgetUsdPerMonth ?? ''}
          onChange={(said) => put('budgetUsdPerMonth', said === '' ? undefined : String(said))}
        />
        <Select
          label={t('ceilingExpires')}
          placeholder={t('unbounded')}
          clearable
          data={presets.map((preset) => ({
            value: preset,
            label: preset === 'never' ? t('neverLongest') : t(preset),
          }))}
          value={value.maxExpiresIn ?? null}
          onChange={(said) =>
            put(
              'maxExpiresIn',
              presets.find((each) => each === said),
            )
          }
        />
        {counts.map((name) => (
          <NumberInput
            key={name}
            label={t(name)}
            placeholder={t('unbounded')}
            min={name === 'keysPerMember' ? 0 : 1}
            allowDecimal={false}
            thousandSeparator=","
            value={value[name] ?? ''}
            onChange={(said) => put(name, typeof said === 'number' ? said : undefined)}
          />
        ))}
      </SimpleGrid>
      <CeilingChoice
        label={t('servers')}
        path="/servers"
        value={value.servers}
        onChange={(said) => put('servers', said)}
      />
      <CeilingChoice
        label={t('providers')}
        path="/providers"
        value={value.providers}
        onChange={(said) => put('providers', said)}
      />
    </>
  )
}
