import { Table, Text } from '@mantine/core'
import type { RequestView } from '../../../src/requests/schema.ts'
import { translator } from '../../texts.ts'
import { Data, Id, Status, Time } from '../../ui/Data.tsx'
import { Loading } from '../../ui/Page.tsx'
import { ErrorNote } from '../../ui/ProblemNote.tsx'
import { useList } from '../../ui/useCalls.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** The last ten, looked at again every few seconds. */
export function LatestCalls({ keyId }: { readonly keyId: string }) {
  const { items, refs, error, isLoading, retry } = useList<RequestView>(
    '/requests',
    { key: keyId, limit: 10 },
    { ms: 5000 },
  )
  if (isLoading) return <Loading lines={3} />
  if (error) return <ErrorNote error={error} onRetry={() => void retry()} />
  if (items.length === 0) return <Text size="sm">{t('latestEmpty')}</Text>
  const nameOf = (id: string) => refs[id]?.name ?? id
  return (
    <Table className="cards" aria-labelledby="key-calls" verticalSpacing={6}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('at')}</Table.Th>
          <Table.Th>{t('what')}</Table.Th>
          <Table.Th>{t('result')}</Table.Th>
          <Table.Th>{t('address')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {items.map((request) => (
          <Table.Tr key={`${request.id} ${request.at}`}>
            <Table.Td data-label={t('at')}>
              <Time at={request.at} />
            </Table.Td>
            <Table.Td data-label={t('what')}>
              <Data>{whatOf(request, nameOf)}</Data>
            </Table.Td>
            <Table.Td data-label={t('result')}>
              <Result of={request} />
            </Table.Td>
            <Table.Td data-label={t('address')}>
              <Data>{request.address}</Data>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}

const whatOf = ({ server, provider, tool, model, method }: RequestView, nameOf: (id: string) => string): string => {
  const place = server ?? provider
  return [place === null ? null : nameOf(place), tool ?? model ?? method].filter((part) => part !== null).join(' · ')
}

const Result = ({ of: { admitted, code } }: { readonly of: RequestView }) => (
  <span>
    <Status kind={admitted ? 'good' : 'bad'}>{admitted ? t('admitted') : t('refusedCall')}</Status>{' '}
    {code !== null && <Id>{code}</Id>}
  </span>
)
