import { ActionIcon, Alert, Badge, Button, Group, Spoiler, Stack, Table, Text, Tooltip } from '@mantine/core'
import { IconCoin } from '@tabler/icons-react'
import { useState } from 'react'
import type { ServerView } from '../../../src/servers/schema.ts'
import { useMay } from '../../session/session.tsx'
import { translator } from '../../texts.ts'
import { Data } from '../../ui/Data.tsx'
import { EmptyState } from '../../ui/Page.tsx'
import { SearchField } from '../../ui/SearchField.tsx'
import { Usd } from '../../ui/Usd.tsx'
import { useUrl } from '../../ui/useUrl.ts'
import { hides, written } from '../hidden-characters.ts'
import { texts } from '../texts.data.ts'
import { PriceOfTool } from './PriceOfTool.tsx'

const t = translator(texts)

type Row = { readonly name: string; readonly description?: string; readonly isOffered: boolean }
/** Beyond it a browser would be slow and nobody reads on: the search finds the rest. */
const shownAtMost = 300

/** What the server offers, as it says it, and what a call costs. */
export function ToolsTab({ server }: { readonly server: ServerView }) {
  const [url, set] = useUrl()
  const [search, setSearch] = useState('')
  const may = useMay()
  const mayPrice = may('servers:write') !== 'none' && server.managedBy === null
  const rows = rowsOf(server)
  const found = rows.filter(({ name }) => name.toLowerCase().includes(search.trim().toLowerCase()))
  const price = url['price']
  return (
    <Stack gap="md">
      <Alert color="gray">{t('toolsAbout')}</Alert>
      <Group gap="xs" justify="space-between" align="flex-end">
        <SearchField label={t('toolsSearch')} value={search} onChange={setSearch} />
        {mayPrice && (
          <Button variant="default" leftSection={<IconCoin size={16} />} onClick={() => set({ price: '*' }, 'push')}>
            {t('setOtherPrice')}
          </Button>
        )}
      </Group>
      {rows.length === 0 ? (
        <EmptyState title={t('toolsEmpty')} text={t('toolsEmptyText')} />
      ) : (
        <Tools
          rows={found.slice(0, shownAtMost)}
          prices={server.toolPrices}
          onPrice={mayPrice ? (name) => set({ price: name }, 'push') : null}
        />
      )}
      {price !== undefined && mayPrice && (
        <PriceOfTool server={server} tool={price} onClose={() => set({ price: '' })} />
      )}
    </Stack>
  )
}

/** Prices of tools that it does not offer now stay, so they are shown. */
function rowsOf({ tools = [], toolPrices }: ServerView): Row[] {
  const offered = tools.map((tool) => ({ ...tool, isOffered: true }))
  const rest = Object.keys(toolPrices).filter((name) => name !== '*' && !tools.some((tool) => tool.name === name))
  return [...offered, ...rest.map((name) => ({ name, isOffered: false }))]
}

type ToolsProps = {
  readonly rows: readonly Row[]
  readonly prices: ServerView['toolPrices']
  readonly onPrice: ((name: string) => void) | null
}
const Tools = ({ rows, prices, onPrice }: ToolsProps) => (
  <Table aria-label={t('tools')} className="cards" verticalSpacing="sm" layout="fixed">
    <Table.Thead>
      <Table.Tr>
        <Table.Th w="26%">{t('tool')}</Table.Th>
        <Table.Th>{t('description')}</Table.Th>
        <Table.Th w={150} data-number>
          {t('price')}
        </Table.Th>
        {onPrice && <Table.Td w={56} />}
      </Table.Tr>
    </Table.Thead>
    <Table.Tbody>
      {rows.map((row) => (
        <Table.Tr key={row.name}>
          <Table.Td data-label={t('tool')} style={{ verticalAlign: 'top' }}>
            <NameOfTool row={row} />
          </Table.Td>
          <Table.Td data-label={t('description')} style={{ verticalAlign: 'top' }}>
            <Description text={row.description} />
          </Table.Td>
          <Table.Td data-label={t('price')} data-number style={{ verticalAlign: 'top' }}>
            <Price own={prices[row.name]} other={prices['*']} />
          </Table.Td>
          {onPrice && (
            <Table.Td className="actions" style={{ verticalAlign: 'top' }}>
              <ActionIcon aria-label={t('setPrice', { name: written(row.name) })} onClick={() => onPrice(row.name)}>
                <IconCoin size={16} />
              </ActionIcon>
            </Table.Td>
          )}
        </Table.Tr>
      ))}
    </Table.Tbody>
  </Table>
)

function NameOfTool({ row: { name, description = '', isOffered } }: { readonly row: Row }) {
  return (
    <div>
      <Text size="sm" fw={550} ff="monospace" component="span">
        <Data>{written(name)}</Data>
      </Text>
      <Group gap={4}>
        {!isOffered && <Badge color="gray">{t('notOffered')}</Badge>}
        {hides(name + description) && (
          <Tooltip label={t('hiddenCharactersHint')}>
            <Badge color="red" tabIndex={0}>
              {t('hiddenCharacters')}
            </Badge>
          </Tooltip>
        )}
      </Group>
    </div>
  )
}

const Description = ({ text }: { readonly text: string | undefined }) =>
  text ? (
    <Spoiler maxHeight={66} showLabel={t('showAll')} hideLabel={t('showLess')} fz="sm">
      <span style={{ whiteSpace: 'pre-wrap' }}>
        <Data>{written(text)}</Data>
      </span>
    </Spoiler>
  ) : (
    <Text size="sm" c="dimmed">
      {t('noDescription')}
    </Text>
  )

function Price({ own, other }: { readonly own: string | undefined; readonly other: string | undefined }) {
  const usd = own ?? other ?? '0'
  return Number(usd) === 0 ? (
    <Text size="sm" c="dimmed">
      {t('free')}
    </Text>
  ) : (
    <Usd usd={usd} />
  )
}
