import { Anchor, Group, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { GatewayView } from '../../src/fleet/schema.ts'
import { translator } from '../texts.ts'
import { Data, Status } from '../ui/Data.tsx'
import { ErrorNote } from '../ui/ProblemNote.tsx'
import { Section } from '../ui/Section.tsx'
import { useList } from '../ui/useCalls.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

export function Gateways() {
  const { items, error, retry } = useList<GatewayView>('/gateways', { limit: 200 }, { ms: 10_000 })
  const online = items.filter((gateway) => gateway.online).length
  return (
    <Section title={t('gateways')}>
      <ErrorNote error={error} onRetry={() => void retry()} />
      <Text size="sm">
        <Anchor component={Link} to="/configuration/gateways" fz="sm">
          {t('online', { n: online, all: items.length })}
        </Anchor>
      </Text>
      <ul className="plain-list">
        {items.slice(0, 8).map(({ id, name, online: isOnline }) => (
          <li key={id}>
            <Group justify="space-between" wrap="nowrap">
              <Data>{name}</Data>
              <Status kind={isOnline ? 'good' : 'bad'}>{isOnline ? t('isOnline') : t('isOffline')}</Status>
            </Group>
          </li>
        ))}
      </ul>
    </Section>
  )
}
