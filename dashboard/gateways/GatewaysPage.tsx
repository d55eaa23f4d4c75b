import { Group, Text } from '@mantine/core'
import type { GatewayView } from '../../src/fleet/schema.ts'
import { useMay } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { AddButton } from '../ui/AddButton.tsx'
import { Status } from '../ui/Data.tsx'
import { EmptyState, Page } from '../ui/Page.tsx'
import { useList, useOne } from '../ui/useCalls.ts'
import { useUrl } from '../ui/useUrl.ts'
import { EnrolGateway } from './EnrolGateway.tsx'
import { GatewayDialog } from './GatewayDialog.tsx'
import { GatewaysTable } from './GatewaysTable.tsx'
import { newestOf } from './position.ts'
import { RevokeGateway } from './RevokeGateway.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

export function GatewaysPage() {
  const [url, set] = useUrl()
  const may = useMay()
  const mayWrite = may('gateways:write') !== 'none'
  const list = useList<GatewayView>('/gateways', { limit: 200 }, { ms: 10_000 })
  const { gateway, revoke, enrol } = url
  return (
    <Page
      title={t('title')}
      about={t('about')}
      actions={mayWrite && <AddButton onClick={() => set({ enrol: 'yes' }, 'push')}>{t('enrol')}</AddButton>}
    >
      {list.items.length > 0 && <Fleet gateways={list.items} />}
      <GatewaysTable
        list={list}
        mayWrite={mayWrite}
        onOpen={({ id }) => set({ gateway: id }, 'push')}
        onRevoke={({ id }) => set({ revoke: id }, 'push')}
        empty={<EmptyState title={t('emptyTitle')} text={t('emptyText')} />}
      />
      <Freshness />
      {gateway !== undefined && <GatewayDialog id={gateway} onClose={() => set({ gateway: '' })} />}
      {mayWrite && enrol !== undefined && <EnrolGateway onClose={() => set({ enrol: '' })} />}
      {mayWrite && revoke !== undefined && !list.isLoading && (
        <RevokeGateway key={revoke} id={revoke} gateways={list.items} onClose={() => set({ revoke: '' })} />
      )}
    </Page>
  )
}

/** The fleet in one sentence: is everybody there, and does everybody know the last change? */
function Fleet({ gateways }: { readonly gateways: readonly GatewayView[] }) {
  const online = gateways.filter((gateway) => gateway.online)
  const behind = online.filter(({ seq, lagMs }) => lagMs !== 0 || seq !== newestOf(gateways))
  const isWhole = online.length === gateways.length
  return (
    <Group gap="xs" role="status">
      <Status kind={isWhole ? 'good' : online.length === 0 ? 'bad' : 'waiting'}>
        {t('onlineOf', { online: online.length, all: gateways.length })}
      </Status>
      {online.length > 0 && (
        <Text size="sm">{behind.length === 0 ? t('allCurrent') : t('someBehind', { n: behind.length })}</Text>
      )}
    </Group>
  )
}

function Freshness() {
  const { data } = useOne<{ readonly policies: { readonly maxStalenessSeconds: number } }>('/policies')
  return data ? (
    <Text size="sm" c="dimmed">
      {t('freshness', { seconds: data.policies.maxStalenessSeconds })}
    </Text>
  ) : null
}
