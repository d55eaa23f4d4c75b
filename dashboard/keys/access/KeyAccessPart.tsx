import { Alert, Stack, Table, Text, Title } from '@mantine/core'
import { IconLock } from '@tabler/icons-react'
import type { KeyAccess } from '../../../src/access/schema.ts'
import { translator } from '../../texts.ts'
import { Data, Id, Status, Time } from '../../ui/Data.tsx'
import { Loading } from '../../ui/Page.tsx'
import { ErrorNote } from '../../ui/ProblemNote.tsx'
import { ExplainCall } from './ExplainCall.tsx'
import { texts } from './texts.data.ts'
import { useKeyAccess } from './useKeyAccess.ts'

const t = translator(texts)

/** What a key may call now, and why or why not. */
export function KeyAccessPart({ keyId, mayExplain }: { readonly keyId: string; readonly mayExplain: boolean }) {
  const { access, nameOf, slugOf, error, isLoading, retry } = useKeyAccess(keyId)
  if (isLoading) return <Loading />
  if (error || !access) return <ErrorNote error={error} onRetry={() => void retry()} />
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">
        {t('about')}
      </Text>
      {access.nothing && (
        <Alert color="yellow" icon={<IconLock size={20} />} title={t('nothing')}>
          <Data>{access.nothing.reason}</Data> <Id>{access.nothing.code}</Id>
        </Alert>
      )}
      <Servers items={access.items} nameOf={nameOf} slugOf={slugOf} />
      <Providers items={access.providers} nameOf={nameOf} />
      {mayExplain && (
        <section>
          <Title order={2} size="h5" mb={4}>
            {t('explain')}
          </Title>
          <ExplainCall keyId={keyId} />
        </section>
      )}
    </Stack>
  )
}

type Name = (id: string) => string
type ServersProps = { readonly items: KeyAccess['items']; readonly nameOf: Name; readonly slugOf: Name }
const states = { ready: 'good', unreachable: 'bad', starting: 'waiting' } as const

function Servers({ items, nameOf, slugOf }: ServersProps) {
  if (items.length === 0) return <Text size="sm">{t('noServers')}</Text>
  return (
    <Table className="cards" aria-label={t('servers')} verticalSpacing="xs">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('server')}</Table.Th>
          <Table.Th>{t('tools')}</Table.Th>
          <Table.Th>{t('state')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {items.map(({ server, state, toolNames, grants }) => (
          <Table.Tr key={server}>
            <Table.Td data-label={t('server')}>
              <span>
                <Data>{nameOf(server)}</Data> <Id>{slugOf(server)}</Id> <Grants grants={grants} />
              </span>
            </Table.Td>
            <Table.Td data-label={t('tools')}>
              <Tools names={toolNames} />
            </Table.Td>
            <Table.Td data-label={t('state')}>
              <Status kind={states[state]}>{t(state)}</Status>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}

/** Few of them stand there, many fold up. */
function Tools({ names }: { readonly names: readonly string[] | null }) {
  if (names === null) return t('toolsUnseen')
  if (names.length === 0) return t('noTools')
  const all = <Data>{names.join(', ')}</Data>
  if (names.length <= 4) return all
  return (
    <details>
      <summary>{t('moreTools', { n: names.length })}</summary>
      {all}
    </details>
  )
}

function Grants({ grants = [] }: { readonly grants: KeyAccess['items'][number]['grants'] }) {
  const [first] = grants
  if (!first) return null
  return (
    <Text component="span" size="xs" c="dimmed">
      {first.until === null ? (
        t('grantedForGood')
      ) : (
        <>
          {t('granted')} <Time at={first.until} />
        </>
      )}
    </Text>
  )
}

function Providers({ items, nameOf }: { readonly items: KeyAccess['providers']; readonly nameOf: Name }) {
  if (items.length === 0) return <Text size="sm">{t('noProviders')}</Text>
  return (
    <Table className="cards" aria-label={t('providers')} verticalSpacing="xs">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('provider')}</Table.Th>
          <Table.Th>{t('models')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {items.map(({ provider, models, grants }) => (
          <Table.Tr key={provider}>
            <Table.Td data-label={t('provider')}>
              <span>
                <Data>{nameOf(provider)}</Data> <Grants grants={grants} />
              </span>
            </Table.Td>
            <Table.Td data-label={t('models')}>
              <Data>{models.join(', ')}</Data>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}
