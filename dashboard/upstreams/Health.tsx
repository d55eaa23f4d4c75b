import { Alert, Group, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { translator } from '../texts.ts'
import { Data, Time } from '../ui/Data.tsx'
import { texts } from './texts.data.ts'
import type { UpstreamProps } from './upstream.ts'

const t = translator(texts)

type Props = Pick<UpstreamProps, 'of'> & {
  readonly badge: ReactNode
  readonly isReady: boolean
  /** Who looks, and when. */
  readonly about: string
}

export const Health = ({ of: { checkedAt, lastError }, badge, isReady, about }: Props) => (
  <Stack gap="xs">
    <Group gap="xs">
      {badge}
      <Text size="sm" c="dimmed" component="span">
        {t('checked')} <Time at={checkedAt} missing={t('notYet')} />
      </Text>
    </Group>
    {lastError && (
      <Alert color={isReady ? 'yellow' : 'red'} title={t('lastError')}>
        <Data>{lastError}</Data>
      </Alert>
    )}
    <Text size="sm" c="dimmed">
      {about}
    </Text>
  </Stack>
)
