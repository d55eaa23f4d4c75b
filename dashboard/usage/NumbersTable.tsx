import { Table } from '@mantine/core'
import { translator } from '../texts.ts'
import { Amount } from './Amount.tsx'
import type { Line } from './lines.ts'
import type { Measure } from './measure.ts'
import type { Range } from './period.ts'
import { slotText } from './slot.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = {
  readonly range: Range
  readonly slots: readonly string[]
  readonly measure: Measure
  readonly lines: readonly Line[]
}

/** What the chart draws, exactly; hours and days without any are left out. */
export function NumbersTable({ range, slots, measure, lines }: Props) {
  const rows = slots
    .map((slot, at) => ({ slot, cells: lines.map(({ exact }) => exact[at] ?? 0n) }))
    .filter(({ cells }) => cells.some((cell) => cell !== 0n))
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
    <section className="usage-numbers" aria-label={t('numbers', { measure: t(measure) })} tabIndex={0}>
      <Table verticalSpacing={4} stickyHeader aria-label={t('numbers', { measure: t(measure) })}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{t(range.step)}</Table.Th>
            {lines.map(({ id, label, isName }) => (
              <Table.Th key={id} scope="col" data-number {...(isName ? { translate: 'no' } : {})}>
                {label}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(({ slot, cells }) => (
            <Table.Tr key={slot}>
              <Table.Th scope="row" translate="no" fw={400}>
                {slotText(slot, range.step)}
              </Table.Th>
              {lines.map(({ id }, at) => (
                <Table.Td key={id} data-number>
                  <Amount measure={measure} exact={cells[at] ?? 0n} />
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
        <Table.Tfoot>
          <Table.Tr>
            <Table.Th scope="row">{t('sum')}</Table.Th>
            {lines.map(({ id, total }) => (
              <Table.Th key={id} data-number>
                <Amount measure={measure} exact={total} />
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Tfoot>
      </Table>
    </section>
  )
}
