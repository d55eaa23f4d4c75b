import { Stack, Table, Text } from '@mantine/core'
import type { Compromised } from '../../../src/keys/compromise/schema.ts'
import { translator } from '../../texts.ts'
import { Count, Data, Time } from '../../ui/Data.tsx'
import { ClientTable } from './ClientTable.tsx'
import { texts } from './texts.data.ts'
import type { Refs } from './useKey.ts'

const t = translator(texts)

type Evidence = Compromised['evidence']

/** Of thirty days: who called with the key, what was called, and what was made of it. */
export function EvidencePart({ evidence, refs }: { readonly evidence: Evidence; readonly refs: Refs }) {
  const { clients, calls, children, events } = evidence
  return (
    <Stack gap="sm">
      <Text size="sm" fw={600}>
        {t('evidenceClients', { n: clients.length })}
      </Text>
      {clients.length > 0 && <ClientTable label={t('evidenceClients', { n: clients.length })} items={clients} />}
      <Text size="sm" fw={600}>
        {t('evidenceCalls', { n: calls.length })}
      </Text>
      {calls.length > 0 && <Calls items={calls} refs={refs} />}
      <Text size="sm">{t('evidenceChildren', { n: children.length })}</Text>
      {events.length > 0 && <Text size="sm">{t('evidenceEvents', { n: events.length })}</Text>}
    </Stack>
  )
}

const Calls = ({ items, refs }: { readonly items: Evidence['calls']; readonly refs: Refs }) => (
  <Table className="cards" aria-label={t('calls')} verticalSpacing={6}>
    <Table.Thead>
      <Table.Tr>
        <Table.Th>{t('callServer')}</Table.Th>
        <Table.Th>{t('callTool')}</Table.Th>
        <Table.Th>{t('lastSeen')}</Table.Th>
        <Table.Th data-number>{t('requests')}</Table.Th>
      </Table.Tr>
    </Table.Thead>
    <Table.Tbody>
      {items.map(({ server, tool, lastSeenAt, requests }) => (
        <Table.Tr key={`${server} ${tool}`}>
          <Table.Td data-label={t('callServer')}>
            <Data>{refs[server]?.name ?? server}</Data>
          </Table.Td>
          <Table.Td data-label={t('callTool')}>{tool === '' ? t('none') : <Data>{tool}</Data>}</Table.Td>
          <Table.Td data-label={t('lastSeen')}>
            <Time at={lastSeenAt} />
          </Table.Td>
          <Table.Td data-label={t('requests')} data-number>
            <Count n={requests} />
          </Table.Td>
        </Table.Tr>
      ))}
    </Table.Tbody>
  </Table>
)
