import { Table, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import type { ClientView } from '../../../src/keys/rotation/schema.ts'
import { translator } from '../../texts.ts'
import { Count, Data, Time } from '../../ui/Data.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props<Client> = {
  readonly label: string
  readonly items: readonly Client[]
  /** A column more: whether it has moved to the new secret. */
  readonly last?: { readonly label: string; readonly cell: (client: Client) => ReactNode }
}

/** Who has called with a key, by what each program says of itself. */
export function ClientTable<Client extends ClientView>({ label, items, last }: Props<Client>) {
  const heads = [t('client'), t('address'), t('ofVersion'), t('lastSeen')]
  return (
    <div className="table-scroll">
      <Table className="cards" aria-label={label} verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            {heads.map((head) => (
              <Table.Th key={head}>{head}</Table.Th>
            ))}
            <Table.Th data-number>{t('requests')}</Table.Th>
            {last && <Table.Th>{last.label}</Table.Th>}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((client) => (
            <Table.Tr key={`${client.version} ${client.address} ${client.client}`}>
              <Table.Td data-label={t('client')}>
                <ClientName name={client.client} />
              </Table.Td>
              <Table.Td data-label={t('address')}>
                <Data>{client.address}</Data>
              </Table.Td>
              <Table.Td data-label={t('ofVersion')}>
                {client.version === 0 ? t('ofToken') : t('version', { n: client.version })}
              </Table.Td>
              <Table.Td data-label={t('lastSeen')}>
                <Time at={client.lastSeenAt} />
              </Table.Td>
              <Table.Td data-label={t('requests')} data-number>
                <Count n={client.requests} />
              </Table.Td>
              {last && <Table.Td data-label={last.label}>{last.cell(client)}</Table.Td>}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  )
}

/** What a program says of itself may be as long as it likes. */
const ClientName = ({ name }: { readonly name: string }) =>
  name === '' ? (
    <Text component="span" size="sm" c="dimmed">
      {t('tooMany')}
    </Text>
  ) : (
    <Data>{name.length > 80 ? `${name.slice(0, 80)}…` : name}</Data>
  )
