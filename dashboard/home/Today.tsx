import { Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { translator } from '../texts.ts'
import { Count } from '../ui/Data.tsx'
import { Loading } from '../ui/Page.tsx'
import { ErrorNote } from '../ui/ProblemNote.tsx'
import { Section } from '../ui/Section.tsx'
import { Usd } from '../ui/Usd.tsx'
import { useOne } from '../ui/useCalls.ts'
import type { UrlState } from '../ui/useUrl.ts'
import { texts } from './texts.data.ts'
import type { UsageAnswer } from './useProgress.ts'

const t = translator(texts)

const midnight = (): string => new Date(new Date().setHours(0, 0, 0, 0)).toISOString()

export function Today() {
  // As of when the page was opened; asked anew, it would be another question every time.
  const [from] = useState(midnight)
  const { data, error, retry } = useOne<UsageAnswer>('/usage', { from, limit: 1 }, { ms: 15_000 })
  return (
    <Section title={t('today')}>
      {error && <ErrorNote error={error} onRetry={() => void retry()} />}
      {!data && !error && <Loading lines={2} />}
      {data && (
        <div className="tiles">
          <Tile label={t('requests')} to="/activity/requests">
            <Count n={data.total.requests} />
          </Tile>
          <Tile label={t('refused')} to="/activity/requests" search={{ admitted: 'false' }}>
            <Count n={data.total.refused} />
          </Tile>
          <Tile label={t('cost')} to="/activity/usage">
            <Usd usd={data.total.costUsd} />
          </Tile>
          <Tile label={t('tokens')} to="/activity/usage">
            <Count n={data.total.tokens.input + data.total.tokens.output} />
          </Tile>
        </div>
      )}
      <Text size="xs" c="dimmed">
        {t('sinceMidnight')}
      </Text>
    </Section>
  )
}

type TileProps = {
  readonly label: string
  readonly to: string
  readonly search?: UrlState
  readonly children: ReactNode
}
const Tile = ({ label, to, search = {}, children }: TileProps) => (
  <Link to={to} search={search as never} className="tile">
    <span className="tile-value">{children}</span>
    <span className="tile-label">{label}</span>
  </Link>
)
