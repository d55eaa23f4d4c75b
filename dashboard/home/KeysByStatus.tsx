import { Link } from '@tanstack/react-router'
import type { PageOf } from '../api.ts'
import { translator } from '../texts.ts'
import { Count } from '../ui/Data.tsx'
import { Section } from '../ui/Section.tsx'
import { useOne } from '../ui/useCalls.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)
const statuses = ['active', 'inactive', 'expired', 'revoked'] as const

export const KeysByStatus = () => (
  <Section title={t('keys')}>
    <div className="tiles">
      {statuses.map((status) => (
        <Tile key={status} status={status} />
      ))}
    </div>
  </Section>
)

function Tile({ status }: { readonly status: (typeof statuses)[number] }) {
  const { data } = useOne<PageOf<unknown>>('/keys', { status, limit: 1 })
  const n = data?.total ?? data?.items.length ?? 0
  return (
    <Link to="/configuration/api-keys" search={{ status } as never} className="tile">
      <span className="tile-value">{data ? <Count n={n} /> : '…'}</span>
      <span className="tile-label">{t(status)}</span>
    </Link>
  )
}
