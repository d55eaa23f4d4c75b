import { Anchor, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { translator } from '../texts.ts'
import { Data, Id, Time } from '../ui/Data.tsx'
import { ManagedBadge } from '../ui/Managed.tsx'
import { texts } from './texts.data.ts'
import type { UpstreamProps } from './upstream.ts'

const t = translator(texts)

export const pathOf = ({ kind, of: { id } }: UpstreamProps): string => `/configuration/${kind}/${id}`

export const NameCell = ({ kind, of }: UpstreamProps) => (
  <div>
    <Anchor component={Link} to={pathOf({ kind, of })} fz="sm" fw={550}>
      <Data>{of.name}</Data>
    </Anchor>{' '}
    <ManagedBadge by={of.managedBy} />
    <div>
      <Id>{of.slug}</Id>
    </div>
  </div>
)

type HealthProps = Pick<UpstreamProps, 'of'> & { readonly badge: ReactNode; readonly isReady: boolean }

export const HealthCell = ({ of: { checkedAt, lastError }, badge, isReady }: HealthProps) => (
  <div>
    {badge}
    <Text size="xs" c="dimmed" maw={320} lineClamp={2}>
      {lastError && !isReady ? <Data>{lastError}</Data> : <Time at={checkedAt} missing={t('notYet')} />}
    </Text>
  </div>
)
