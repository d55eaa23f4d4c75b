import './browse.css'
import { Button, Group, Text, Title } from '@mantine/core'
import { IconHandStop, IconKey, IconPlugConnected } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { MyCatalog } from '../../src/access/schema.ts'
import { useMay } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { EmptyState, Loading, Page } from '../ui/Page.tsx'
import { ErrorNote } from '../ui/ProblemNote.tsx'
import { SearchFilter } from '../ui/SearchField.tsx'
import { useOne } from '../ui/useCalls.ts'
import { useUrl } from '../ui/useUrl.ts'
import { Cards, ProviderCard, ServerCard } from './CatalogCards.tsx'
import { ConnectDialog } from './ConnectDialog.tsx'
import { matches, wordsOfProvider, wordsOfServer } from './matching.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** What somebody may give to keys of his own, and how he puts it to use. */
export function BrowsePage() {
  const [cursors, setCursors] = useState<readonly string[]>([])
  const { data, error, retry } = useOne<MyCatalog>('/me/catalog', { limit: 200, cursor: cursors.at(-1) })
  return (
    <Page title={t('title')} about={t('about')} actions={<HeadActions />}>
      {error && <ErrorNote error={error} onRetry={() => void retry()} />}
      {!data && !error && <Loading lines={6} />}
      {data && <Shown catalog={data} isFirst={cursors.length === 0} />}
      {data && (data.nextCursor !== null || cursors.length > 0) && (
        <Group>
          <Button variant="default" disabled={cursors.length === 0} onClick={() => setCursors(cursors.slice(0, -1))}>
            {t('previous')}
          </Button>
          <Button
            variant="default"
            disabled={data.nextCursor === null}
            onClick={() => data.nextCursor !== null && setCursors([...cursors, data.nextCursor])}
          >
            {t('next')}
          </Button>
        </Group>
      )}
    </Page>
  )
}

function HeadActions() {
  const may = useMay()
  const [, set] = useUrl()
  return (
    <>
      {may('access-requests:write') !== 'none' && <AskButton variant="default" />}
      {may('keys:write') !== 'none' && (
        <Button
          component={Link}
          to="/configuration/api-keys"
          {...{ search: { create: '1' } as never }}
          variant="default"
          leftSection={<IconKey size={16} />}
        >
          {t('createKey')}
        </Button>
      )}
      <Button leftSection={<IconPlugConnected size={16} />} onClick={() => set({ connect: 'all' }, 'push')}>
        {t('connectAll')}
      </Button>
    </>
  )
}

const AskButton = ({ variant }: { readonly variant: 'default' | 'filled' }) => (
  <Button
    component={Link}
    to="/people/access-requests"
    {...{ search: { ask: '1' } as never }}
    variant={variant}
    leftSection={<IconHandStop size={16} />}
  >
    {t('ask')}
  </Button>
)

function Shown({ catalog, isFirst }: { readonly catalog: MyCatalog; readonly isFirst: boolean }) {
  const [search, set] = useUrl()
  const mayAsk = useMay()('access-requests:write') !== 'none'
  const { items, providers, refs } = catalog
  const { search: text = '', connect } = search
  const connected = items.find(({ id }) => id === connect)
  const close = () => set({ connect: '' })
  if (isFirst && items.length + providers.length === 0)
    return (
      <>
        <EmptyState title={t('emptyTitle')} text={t('emptyText')} action={mayAsk && <AskButton variant="filled" />} />
        {connect === 'all' && <ConnectDialog onClose={close} />}
      </>
    )
  const servers = items.filter((server) => matches(wordsOfServer(server), text))
  const open = providers.filter((provider) => matches(wordsOfProvider(provider), text))
  return (
    <>
      <SearchFilter label={t('search')} />
      <Title order={2} size="h4">
        {t('servers')}
      </Title>
      {servers.length === 0 && <Text c="dimmed">{items.length === 0 ? t('noServers') : t('noMatch')}</Text>}
      {servers.length > 0 && (
        <Cards>
          {servers.map((server) => (
            <ServerCard
              key={server.id}
              server={server}
              refs={refs}
              onConnect={() => set({ connect: server.id }, 'push')}
            />
          ))}
        </Cards>
      )}
      {open.length > 0 && (
        <>
          <Title order={2} size="h4">
            {t('providers')}
          </Title>
          <Cards>
            {open.map((provider) => (
              <ProviderCard key={provider.id} provider={provider} refs={refs} />
            ))}
          </Cards>
        </>
      )}
      {connect === 'all' && <ConnectDialog onClose={close} />}
      {connected && <ConnectDialog server={connected} onClose={close} />}
    </>
  )
}
