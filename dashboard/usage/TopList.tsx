import { Progress, Table, Text, UnstyledButton } from '@mantine/core'
import type { ReactNode } from 'react'
import { translator } from '../texts.ts'
import { Count } from '../ui/Data.tsx'
import { Usd } from '../ui/Usd.tsx'
import { useUrl } from '../ui/useUrl.ts'
import { type Dimension, filtersOf } from './dimension.ts'
import type { Names } from './names.tsx'
import { texts } from './texts.data.ts'
import type { UsageAnswer, UsageSums } from './useUsage.ts'

const t = translator(texts)

type Props = { readonly answer: UsageAnswer; readonly dimension: Dimension; readonly names: Names }

/** The largest first, with their share of all; a name leaves only its own calls. */
export function TopList({ answer, dimension, names }: Props) {
  const { items, rest, deleted, total } = answer
  return (
    <div className="table-scroll">
      <Table verticalSpacing="xs" className="cards" aria-label={t('topList', { by: t(dimension.text) })}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t(dimension.text)}</Table.Th>
            <Table.Th>
              {t('share')}
              <Text size="xs" c="dimmed" fw={400}>
                {t('shareHint')}
              </Text>
            </Table.Th>
            <Table.Th data-number>{t('requests')}</Table.Th>
            <Table.Th data-number>{t('refused')}</Table.Th>
            <Table.Th data-number>{t('tokens')}</Table.Th>
            <Table.Th data-number>{t('cost')}</Table.Th>
            <Table.Th data-number>{t('latency')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((item) => (
            <Row key={JSON.stringify([item.of, item.id])} sums={item}>
              <Narrow name={names.textOf(item)} filters={filtersOf(dimension, item)}>
                {names.shown(item)}
              </Narrow>
            </Row>
          ))}
          {deleted && <Row sums={deleted}>{t('deleted')}</Row>}
          {rest && <Row sums={rest}>{t('rest')}</Row>}
        </Table.Tbody>
        <Table.Tfoot>
          <Row sums={total} isSum>
            {t('total')}
          </Row>
        </Table.Tfoot>
      </Table>
    </div>
  )
}

type RowProps = { readonly sums: UsageSums; readonly isSum?: boolean; readonly children: ReactNode }

function Row({ sums, isSum = false, children }: RowProps) {
  const { requests, refused, tokens, costUsd, latencyMs, share } = sums
  return (
    <Table.Tr>
      <Table.Td data-label={t('name')}>{isSum ? <strong>{children}</strong> : children}</Table.Td>
      <Table.Td data-label={t('share')}>
        <div>
          <span className="number">{t('percent', { percent: share })}</span>
          {!isSum && <Progress value={share} size="xs" aria-label={t('shareLabel', { percent: share })} />}
        </div>
      </Table.Td>
      <Table.Td data-label={t('requests')} data-number>
        <Count n={requests} />
      </Table.Td>
      <Table.Td data-label={t('refused')} data-number>
        <Count n={refused} />
      </Table.Td>
      <Table.Td data-label={t('tokens')} data-number>
        <Count n={tokens.input + tokens.output} />
      </Table.Td>
      <Table.Td data-label={t('cost')} data-number>
        <Usd usd={costUsd} />
      </Table.Td>
      <Table.Td data-label={t('latency')} data-number>
        {latencyMs === null ? t('unknown') : t('milliseconds', { n: Math.round(latencyMs) })}
      </Table.Td>
    </Table.Tr>
  )
}

type NarrowProps = {
  readonly name: string
  readonly filters: Readonly<Record<string, string>> | null
  readonly children: ReactNode
}

/** A click leaves only this one. */
function Narrow({ name, filters, children }: NarrowProps) {
  const [, set] = useUrl()
  if (filters === null) return children
  return (
    <UnstyledButton className="link" fz="sm" title={t('filterBy', { name })} onClick={() => set(filters, 'push')}>
      {children}
    </UnstyledButton>
  )
}
