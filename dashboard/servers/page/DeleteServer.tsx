import { Alert, Text } from '@mantine/core'
import type { ServerView } from '../../../src/servers/schema.ts'
import type { PageOf } from '../../api.ts'
import { useMay } from '../../session/session.tsx'
import { translator } from '../../texts.ts'
import { Loading } from '../../ui/Page.tsx'
import { useOne } from '../../ui/useCalls.ts'
import { DeleteUpstream, Losers } from '../../upstreams/DeleteUpstream.tsx'
import { texts } from '../texts.data.ts'

const t = translator(texts)

const words = { title: t('deleteTitle'), about: t('deleteAbout'), deleted: t('deleted'), toList: t('toList') }

type Props = { readonly server: ServerView; readonly onClose: () => void }

export const DeleteServer = ({ server, onClose }: Props) => (
  <DeleteUpstream kind="servers" of={server} words={words} onClose={onClose}>
    <UsedBy id={server.id} />
  </DeleteUpstream>
)

type Named = { readonly id: string; readonly name: string }
type Holder = Named & { readonly servers: readonly string[] }
const shownAtMost = 8

function UsedBy({ id }: { readonly id: string }) {
  const may = useMay()
  const keys = useOne<PageOf<Named>>(may('keys:read') === 'none' ? null : '/keys', {
    ...{ server: id, status: 'active', limit: shownAtMost },
  })
  const catalogs = useOne<PageOf<Holder>>(may('catalogs:read') === 'none' ? null : '/catalogs', { limit: 200 })
  if (keys.isLoading || catalogs.isLoading) return <Loading lines={2} />
  const holders = catalogs.data?.items.filter(({ servers }) => servers.includes(id)) ?? []
  const callers = keys.data?.items ?? []
  const count = keys.data?.total ?? callers.length
  if (count === 0 && holders.length === 0) return <Text size="sm">{t('usedByNobody')}</Text>
  return (
    <Alert color="yellow" title={t('usedBy')}>
      {count > 0 && <Losers title={t('usedByKeys', { n: count })} of={callers} hasMore={count > callers.length} />}
      {holders.length > 0 && (
        <Losers
          title={t('usedByCatalogs', { n: holders.length })}
          of={holders.slice(0, shownAtMost)}
          hasMore={holders.length > shownAtMost}
        />
      )}
    </Alert>
  )
}
