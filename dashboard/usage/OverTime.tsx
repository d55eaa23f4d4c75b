import './usage.css'
import { Button, Group, SegmentedControl, Select, Stack } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import type { ReactNode } from 'react'
import type { UsageItem } from '../../src/requests/schema.ts'
import { translator } from '../texts.ts'
import { laterPart } from '../ui/later.tsx'
import { Loading } from '../ui/Page.tsx'
import { ErrorNote } from '../ui/ProblemNote.tsx'
import { Section } from '../ui/Section.tsx'
import { useUrl } from '../ui/useUrl.ts'
import { Amount } from './Amount.tsx'
import type { Dimension } from './dimension.ts'
import { type Line, linesOf } from './lines.ts'
import { heightOf, type Measure, measureOf, measures } from './measure.ts'
import { NumbersTable } from './NumbersTable.tsx'
import { type Range, slotsOf } from './period.ts'
import { slotText } from './slot.ts'
import { texts } from './texts.data.ts'
import { type Filters, useLargestOverTime, useOverTime } from './useUsage.ts'

const t = translator(texts)

/** Fetched when a screen draws the first one: it is larger than the rest of the screen. */
const TimeChart = laterPart(() => import('./TimeChart.tsx').then((m) => m.TimeChart), <Loading lines={6} />)

type Props = {
  readonly range: Range
  readonly filters: Filters
  readonly dimension: Dimension
  /** The rows of the list below, the largest first. */
  readonly items: readonly UsageItem[]
  readonly nameOf: (item: UsageItem) => string
}

/** What happened when: one measure, all together or the largest of the list each in its colour. */
export function OverTime({ range, filters, dimension, items, nameOf }: Props) {
  const [{ show, split }, set] = useUrl()
  const measure = measureOf(show)
  const canSplit = dimension.filter !== undefined
  const isSplit = canSplit && split === 'yes'
  const all = useOverTime(range, filters)
  const largest = useLargestOverTime(range, filters, dimension, isSplit ? items : [])
  const error = all.error ?? largest.error
  const lines = all.sums && linesOf({ measure, all: all.sums, series: isSplit ? largest.series : null, nameOf })
  return (
    <Section
      title={t('overTime')}
      actions={
        <>
          <MeasurePicker value={measure} onChange={(picked) => set({ show: picked })} />
          {canSplit && (
            <SplitPicker
              isSplit={isSplit}
              by={t(dimension.text)}
              onChange={(yes) => set({ split: yes ? 'yes' : '' })}
            />
          )}
        </>
      }
    >
      {error ? (
        <ErrorNote error={error} onRetry={() => void all.retry()} />
      ) : lines === undefined || largest.isLoading ? (
        <Loading lines={6} />
      ) : (
        <Drawn range={range} measure={measure} lines={lines} />
      )}
    </Section>
  )
}

type DrawnProps = { readonly range: Range; readonly measure: Measure; readonly lines: readonly Line[] }

function Drawn({ range, measure, lines }: DrawnProps) {
  const slots = slotsOf(range)
  const points = slots.map((slot, at) => ({
    slot: slotText(slot, range.step),
    ...Object.fromEntries(lines.map(({ id, exact }) => [id, heightOf(measure, exact[at] ?? 0n)])),
  }))
  return (
    <Figure measure={measure} lines={lines} numbers={<NumbersTable {...{ range, slots, measure, lines }} />}>
      <TimeChart
        points={points}
        lines={lines.map(({ id, label, color }) => ({ name: id, label, color }))}
        formatted={(height) => (measure === 'cost' ? money.format(height) : height.toLocaleString())}
      />
    </Figure>
  )
}

/** Beside an axis: the exact ones stand in the table. */
const money = new Intl.NumberFormat(undefined, { style: 'currency', currency: 'USD', maximumSignificantDigits: 3 })

type FigureProps = Pick<DrawnProps, 'measure' | 'lines'> & { readonly numbers: ReactNode; readonly children: ReactNode }

function Figure({ measure, lines, numbers, children }: FigureProps) {
  const [isOpen, { toggle }] = useDisclosure()
  return (
    <Stack component="figure" className="usage-chart" gap="sm" m={0}>
      {children}
      <ul className="legend" aria-label={t('legend')}>
        {lines.map(({ id, label, color, isName, total }) => (
          <li key={id}>
            <span className="swatch" style={{ background: color }} />
            <span {...(isName ? { translate: 'no' as const } : {})}>{label}</span>
            <strong>
              <Amount measure={measure} exact={total} />
            </strong>
          </li>
        ))}
      </ul>
      <Group>
        <Button variant="default" size="xs" onClick={toggle} aria-expanded={isOpen}>
          {t(isOpen ? 'hideNumbers' : 'showNumbers')}
        </Button>
      </Group>
      {isOpen && numbers}
    </Stack>
  )
}

type MeasureProps = { readonly value: Measure; readonly onChange: (measure: Measure) => void }

const MeasurePicker = ({ value, onChange }: MeasureProps) => (
  <SegmentedControl
    size="xs"
    aria-label={t('measure')}
    data={measures.map((one) => ({ value: one, label: t(one) }))}
    value={value}
    onChange={(picked) => onChange(measureOf(picked))}
  />
)

type SplitProps = { readonly isSplit: boolean; readonly by: string; readonly onChange: (isSplit: boolean) => void }

const SplitPicker = ({ isSplit, by, onChange }: SplitProps) => (
  <Select
    size="xs"
    w={260}
    aria-label={t('split')}
    allowDeselect={false}
    data={[
      { value: 'no', label: t('noSplit') },
      { value: 'yes', label: t('splitBy', { by }) },
    ]}
    value={isSplit ? 'yes' : 'no'}
    onChange={(picked) => onChange(picked === 'yes')}
  />
)
