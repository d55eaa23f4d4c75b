import type { GatewayView } from '../../src/fleet/schema.ts'
import { translator } from '../texts.ts'
import { CopyableId } from '../ui/CopyableId.tsx'
import { Data, Time } from '../ui/Data.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Facts } from '../ui/Facts.tsx'
import { Loading } from '../ui/Page.tsx'
import { ErrorNote } from '../ui/ProblemNote.tsx'
import { useOne } from '../ui/useCalls.ts'
import { Address, GatewayState, Lag, Position, Unknown } from './GatewaysTable.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly id: string; readonly onClose: () => void }

/** One gateway, read anew every few seconds while somebody looks. */
export function GatewayDialog({ id, onClose }: Props) {
  const { data, error, isLoading, retry } = useOne<{ readonly gateway: GatewayView }>(
    `/gateways/${encodeURIComponent(id)}`,
    {},
    { ms: 3000 },
  )
  return (
    <Dialog title={data ? <Data>{data.gateway.name}</Data> : t('name')} onClose={onClose}>
      {isLoading && <Loading />}
      {!data && <ErrorNote error={error} onRetry={() => void retry()} />}
      {data && <FactsOfGateway gateway={data.gateway} />}
    </Dialog>
  )
}

function FactsOfGateway({ gateway }: { readonly gateway: GatewayView }) {
  const { id, version, lastSeenAt, createdAt } = gateway
  return (
    <Facts
      of={[
        [t('state'), <GatewayState key="s" {...gateway} />],
        [t('version'), version === null ? <Unknown key="u" /> : <Data key="v">{version}</Data>],
        [t('address'), <Address key="a" {...gateway} />],
        [t('lag'), <Lag key="l" {...gateway} />],
        [t('positionHint'), <Position key="p" gateway={gateway} newest={null} />],
        [t('contact'), <Time key="c" at={lastSeenAt} />],
        [t('since'), <Time key="t" at={createdAt} />],
        [t('id'), <CopyableId key="i" id={id} label={t('copyId')} />],
      ]}
    />
  )
}
