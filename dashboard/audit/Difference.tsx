import { Badge, Button, Table, Text, Title } from '@mantine/core'
import { useState } from 'react'
import { translator } from '../texts.ts'
import { differenceOf, type Row } from './fields.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)
const words = {
  added: { text: t('isAdded'), color: 'green' },
  removed: { text: t('isRemoved'), color: 'red' },
  changed: { text: t('isChanged'), color: 'blue' },
  same: { text: t('isSame'), color: 'gray' },
} as const

/** Values as JSON, field by field. They are what people wrote, and shown as text whatever they hold. */
export function Difference({ before, after }: { readonly before: unknown; readonly after: unknown }) {
  const [showsSame, setShowsSame] = useState(false)
  const rows = differenceOf(before, after)
  if (rows.length === 0) return <Text c="dimmed">{t('noChanges')}</Text>
  const same = rows.filter(({ kind }) => kind === 'same').length
  // What only came or only went has one side; a column of nothing beside it would say nothing.
  const [hadBefore, hasAfter] = [before !== undefined, after !== undefined]
  return (
    <div>
      <Title order={3} size="h5" mb={4}>
        {t('changes')}
      </Title>
      <div className="table-scroll">
        <Table aria-label={t('changes')} className="difference" verticalSpacing={4}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('place')}</Table.Th>
              {hadBefore && <Table.Th>{t('before')}</Table.Th>}
              {hasAfter && <Table.Th>{t('after')}</Table.Th>}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows
              .filter(({ kind }) => showsSame || kind !== 'same')
              .map((row) => (
                <DifferenceRow key={row.path} row={row} hadBefore={hadBefore} hasAfter={hasAfter} />
              ))}
          </Table.Tbody>
        </Table>
      </div>
      {same > 0 && (
        <Button size="compact-sm" variant="subtle" mt="xs" onClick={() => setShowsSame(!showsSame)}>
          {showsSame ? t('hideSame') : t('showSame', { n: same })}
        </Button>
      )}
    </div>
  )
}

type RowProps = { readonly row: Row; readonly hadBefore: boolean; readonly hasAfter: boolean }
const DifferenceRow = ({ row: { path, before, after, kind }, hadBefore, hasAfter }: RowProps) => (
  <Table.Tr data-kind={kind}>
    <Table.Td>
      <code translate="no">{path}</code>{' '}
      {hadBefore && hasAfter && <Badge color={words[kind].color}>{words[kind].text}</Badge>}
    </Table.Td>
    {hadBefore && (
      <Table.Td>
        <code translate="no" className="was">
          {before ?? ''}
        </code>
      </Table.Td>
    )}
    {hasAfter && (
      <Table.Td>
        <code translate="no" className="is">
          {after ?? ''}
        </code>
      </Table.Td>
    )}
  </Table.Tr>
)
