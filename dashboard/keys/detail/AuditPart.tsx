import { Anchor, Group, Table, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { AuditEventView } from '../../../src/audit/schema.ts'
import { translator } from '../../texts.ts'
import { Data, Id, Time } from '../../ui/Data.tsx'
import { Loading } from '../../ui/Page.tsx'
import { ErrorNote } from '../../ui/ProblemNote.tsx'
import { useList } from '../../ui/useCalls.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** What was done to this key, by whom: the newest events, the rest is in the audit log. */
export function AuditPart({ keyId }: { readonly keyId: string }) {
  const { items, error, isLoading, retry } = useList<AuditEventView>('/audit-events', { subject: keyId, limit: 25 })
  if (isLoading) return <Loading />
  if (error) return <ErrorNote error={error} onRetry={() => void retry()} />
  return (
    <section aria-labelledby="key-events">
      <Group justify="space-between" mb={6}>
        <Title order={2} size="h5" id="key-events">
          {t('auditTitle')}
        </Title>
        <Anchor component={Link} to="/activity/audit" search={{ subject: keyId } as never} size="sm">
          {t('auditAll')}
        </Anchor>
      </Group>
      {items.length === 0 ? <Text size="sm">{t('auditEmpty')}</Text> : <Events items={items} />}
    </section>
  )
}

const Events = ({ items }: { readonly items: readonly AuditEventView[] }) => (
  <Table className="cards" aria-labelledby="key-events" verticalSpacing={6}>
    <Table.Thead>
      <Table.Tr>
        <Table.Th>{t('at')}</Table.Th>
        <Table.Th>{t('action')}</Table.Th>
        <Table.Th>{t('actor')}</Table.Th>
        <Table.Th>{t('address')}</Table.Th>
      </Table.Tr>
    </Table.Thead>
    <Table.Tbody>
      {items.map(({ id, at, action, actor, address }) => (
        <Table.Tr key={id}>
          <Table.Td data-label={t('at')}>
            <Time at={at} />
          </Table.Td>
          <Table.Td data-label={t('action')}>
            <Id>{action}</Id>
          </Table.Td>
          <Table.Td data-label={t('actor')}>
            <Data>{actor.name}</Data>
          </Table.Td>
          <Table.Td data-label={t('address')}>{address ? <Data>{address}</Data> : t('none')}</Table.Td>
        </Table.Tr>
      ))}
    </Table.Tbody>
  </Table>
)
