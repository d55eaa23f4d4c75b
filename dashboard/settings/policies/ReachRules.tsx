import { Radio, Stack } from '@mantine/core'
import { translator } from '../../texts.ts'
import { TagsField } from '../../ui/TagsField.tsx'
import { useEditing, usePolicy, useRule } from './Editing.ts'
import { NumberField } from './NumberField.tsx'
import { TieredRule } from './TieredRule.tsx'
import { texts } from './texts.data.ts'
import { WordField } from './WordField.tsx'

const t = translator(texts)

const openness = ['allowed', 'with-reason', 'refused'] as const
const onOff = ['on', 'off'] as const

export function ReachRules() {
  const { place } = useEditing()
  const allServers = useRule('allServers')
  const urlKeys = useRule('urlKeys')
  const staleness = useRule('maxStalenessSeconds')
  return (
    <>
      <TieredRule name="allServers" title={t('allServers')}>
        <WordField
          label={t('allServers')}
          description={t('allServersHint')}
          words={openness}
          textOf={t}
          value={allServers.value}
          onChange={allServers.set}
          error={allServers.error}
        />
      </TieredRule>
      <TieredRule name="urlKeys" title={t('urlKeys')}>
        <WordField
          label={t('urlKeys')}
          description={t('urlKeysHint')}
          words={onOff}
          textOf={t}
          value={urlKeys.value}
          onChange={urlKeys.set}
          error={urlKeys.error}
        />
      </TieredRule>
      {place === 'organization' && <MixedEnvironments />}
      <Addresses />
      <TieredRule name="maxStalenessSeconds" title={t('maxStalenessSeconds')}>
        <NumberField
          label={t('maxStalenessSeconds')}
          description={t('maxStalenessSecondsHint')}
          min={5}
          max={86_400}
          value={staleness.value}
          onChange={staleness.set}
          error={staleness.error}
        />
      </TieredRule>
    </>
  )
}

function MixedEnvironments() {
  const { value, set, error } = usePolicy('mixedEnvironments')
  return (
    <WordField
      label={t('mixedEnvironments')}
      description={t('mixedEnvironmentsHint')}
      words={['refused', 'with-reason'] as const}
      textOf={t}
      value={value}
      onChange={set}
      error={error}
    />
  )
}

function Addresses() {
  const { value, set, error } = useRule('addresses')
  return (
    <TieredRule name="addresses" title={t('addresses')}>
      <Radio.Group
        label={t('addresses')}
        description={t('addressesHint')}
        value={value.mode}
        onChange={(mode) => set(mode === 'any' ? { mode } : { mode: 'only', cidrs: [] })}
        error={value.mode === 'any' ? error : undefined}
      >
        <Stack gap="xs" mt="xs">
          <Radio value="any" label={t('any')} />
          <Radio value="only" label={t('only')} />
        </Stack>
      </Radio.Group>
      {value.mode === 'only' && (
        <TagsField
          label={t('networks')}
          description={t('networksHint')}
          value={value.cidrs}
          onChange={(cidrs) => set({ mode: 'only', cidrs })}
          error={error}
        />
      )}
    </TieredRule>
  )
}
