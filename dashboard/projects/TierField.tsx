import { SegmentedControl, Stack, Text } from '@mantine/core'
import type { Tier } from '../../src/projects/schema.ts'
import { translator } from '../texts.ts'
import { Status } from '../ui/Data.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

const tiers: readonly Tier[] = ['development', 'staging', 'production']
const kinds = { development: 'over', staging: 'waiting', production: 'plain' } as const

export const TierBadge = ({ tier }: { readonly tier: Tier }) => <Status kind={kinds[tier]}>{t(tier)}</Status>

type Props = { readonly value: Tier; readonly onChange: (tier: Tier) => void }
export const TierField = ({ value, onChange }: Props) => (
  <Stack gap={4}>
    <Text size="sm" fw={600} id="tier-label">
      {t('tier')}
    </Text>
    <SegmentedControl
      aria-labelledby="tier-label"
      fullWidth
      value={value}
      data={tiers.map((tier) => ({ value: tier, label: t(tier) }))}
      onChange={(said) => {
        const tier = tiers.find((each) => each === said)
        if (tier) onChange(tier)
      }}
    />
    <Text size="xs" c="dimmed">
      {t('tierHint')}
    </Text>
  </Stack>
)
