import { Text } from '@mantine/core'
import type { ProviderView } from '../../../src/providers/schema.ts'
import type { PageOf } from '../../api.ts'
import { useMay } from '../../session/session.tsx'
import { translator } from '../../texts.ts'
import { useOne } from '../../ui/useCalls.ts'
import { DeleteUpstream, Losers } from '../../upstreams/DeleteUpstream.tsx'
import { texts } from '../texts.data.ts'

const t = translator(texts)

const words = { title: t('deleteTitle'), about: t('deleteAbout'), deleted: t('deleted'), toList: t('toList') }

type Props = { readonly provider: ProviderView; readonly onClose: () => void }

export const DeleteProvider = ({ provider, onClose }: Props) => (
  <DeleteUpstream kind="providers" of={provider} words={words} onClose={onClose}>
    <Holders id={provider.id} />
  </DeleteUpstream>
)

type Catalog = { readonly id: string; readonly name: string; readonly providers: readonly string[] }
const shownAtMost = 10

function Holders({ id }: { readonly id: string }) {
  const may = useMay()
  const { data } = useOne<PageOf<Catalog>>(may('catalogs:read') === 'none' ? null : '/catalogs', { limit: 200 })
  if (!data) return null
  const holders = data.items.filter(({ providers }) => providers.includes(id))
  if (holders.length === 0) return <Text size="sm">{t('inNoCatalog')}</Text>
  return (
    <Losers
      title={t('inCatalogs', { n: holders.length })}
      of={holders.slice(0, shownAtMost)}
      hasMore={holders.length > shownAtMost}
    />
  )
}
