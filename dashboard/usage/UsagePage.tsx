import { Button, Text } from '@mantine/core'
import { IconList } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { queryOf } from '../api.ts'
import { CallFilters } from '../requests/filters/CallFilters.tsx'
import { translator } from '../texts.ts'
import { EmptyState, Loading, Page } from '../ui/Page.tsx'
import { ErrorNote } from '../ui/ProblemNote.tsx'
import { SaveButton } from '../ui/SaveButton.tsx'
import { Section } from '../ui/Section.tsx'
import { useUrl } from '../ui/useUrl.ts'
import { DimensionPicker } from './DimensionPicker.tsx'
import { type Dimension, dimensionOf } from './dimension.ts'
import { namesIn } from './names.tsx'
import { OverTime } from './OverTime.tsx'
import { PeriodPicker } from './PeriodPicker.tsx'
import { type Range, rangeOf } from './period.ts'
import { TopList } from './TopList.tsx'
import { Totals } from './Totals.tsx'
import { texts } from './texts.data.ts'
import { type Filters, filtersIn, useUsage } from './useUsage.ts'

const t = translator(texts)

/** Who calls what, how much, when and for how much money. */
export function UsagePage() {
  const [url] = useUrl()
  const range = rangeOf(url, useMinute())
  const filters = filtersIn(url)
  const dimension = dimensionOf(url['by'])
  const { from, to } = range
  return (
    <Page
      title={t('title')}
      about={t('about')}
      actions={
        <>
          <Button component={Link} to="/activity/requests" variant="default" leftSection={<IconList size={16} />}>
            {t('requestLog')}
          </Button>
          <SaveButton line={`GET /usage.csv${queryOf({ ...filters, by: dimension.by, from, to })}`}>
            {t('exportCsv')}
          </SaveButton>
        </>
      }
    >
      <CallFilters always={<PeriodPicker />} />
      <Numbers range={range} filters={filters} dimension={dimension} />
    </Page>
  )
}

type Props = { readonly range: Range; readonly filters: Filters; readonly dimension: Dimension }

function Numbers({ range, filters, dimension }: Props) {
  const { data, error, isLoading, retry } = useUsage(dimension.by, range, filters)
  const picker = <DimensionPicker dimension={dimension} />
  if (isLoading) return <Loading lines={8} />
  if (!data)
    return (
      <>
        {picker}
        <ErrorNote error={error} onRetry={() => void retry()} />
      </>
    )
  const names = namesIn(dimension.by, data.refs)
  const isEmpty = data.total.requests === 0 && data.total.refused === 0
  if (isEmpty) return <Empty isFiltered={Object.keys(filters).length > 0} />
  return (
    <>
      <Totals total={data.total} />
      <OverTime range={range} filters={filters} dimension={dimension} items={data.items} nameOf={names.textOf} />
      <Section title={t('top')} actions={picker}>
        {dimension.by === 'team' && <Text size="sm">{t('teamsOverlap')}</Text>}
        <TopList answer={data} dimension={dimension} names={names} />
      </Section>
    </>
  )
}

const Empty = ({ isFiltered }: { readonly isFiltered: boolean }) => (
  <EmptyState
    title={t('emptyTitle')}
    text={t(isFiltered ? 'emptyFiltered' : 'emptyText')}
    action={
      <Button component={Link} to="/configuration/api-keys" variant="default">
        {t('toKeys')}
      </Button>
    }
  />
)

/** The time, told anew each minute: what is asked changes with the hour. */
function useMinute(): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 60_000)
    return () => clearInterval(timer)
  }, [])
  return now
}
