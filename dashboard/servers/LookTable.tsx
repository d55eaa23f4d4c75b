import { Table, Text } from '@mantine/core'
import { useMay } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { Count, Data } from '../ui/Data.tsx'
import { useNames } from '../ui/useNames.ts'
import type { Look } from './answers.ts'
import { ServerState } from './ServerState.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** What each gateway has seen, side by side: where they differ, it is about the network between. */
export function LookTable({ looks }: { readonly looks: readonly Look[] }) {
  const may = useMay()
  return may('gateways:read') === 'none' ? <Rows looks={looks} nameOf={(id) => id} /> : <NamedRows looks={looks} />
}

function NamedRows({ looks }: { readonly looks: readonly Look[] }) {
  const { nameOf } = useNames('/gateways')
  return <Rows looks={looks} nameOf={nameOf} />
}

function Rows({ looks, nameOf }: { readonly looks: readonly Look[]; readonly nameOf: (id: string) => string }) {
  return (
    <Table aria-label={t('perGatewayTitle')} className="cards">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('gateway')}</Table.Th>
          <Table.Th>{t('result')}</Table.Th>
          <Table.Th data-number>{t('tools')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {looks.map(({ gateway, state, tools, lastError }) => (
          <Table.Tr key={gateway}>
            <Table.Td data-label={t('gateway')} className="nowrap">
              <Data>{nameOf(gateway)}</Data>
            </Table.Td>
            <Table.Td data-label={t('result')}>
              <div>
                <ServerState state={state} />
                {lastError && (
                  <Text size="xs" mt={4} c="dimmed">
                    <Data>{lastError}</Data>
                  </Text>
                )}
              </div>
            </Table.Td>
            <Table.Td data-label={t('tools')} data-number>
              {tools ? <Count n={tools.length} /> : <span aria-hidden>–</span>}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}
