import { Menu, Text, UnstyledButton } from '@mantine/core'
import type { ReactNode } from 'react'
import type { GatewayView } from '../../src/fleet/schema.ts'
import { translator } from '../texts.ts'
import { Count, Data, Id, Status, Time } from '../ui/Data.tsx'
import { type Column, DataTable } from '../ui/DataTable.tsx'
import { RowMenu } from '../ui/RowMenu.tsx'
import type { List } from '../ui/useCalls.ts'
import { behindBy, newestOf } from './position.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = {
  readonly list: List<GatewayView>
  readonly mayWrite: boolean
  readonly onOpen: (gateway: GatewayView) => void
  readonly onRevoke: (gateway: GatewayView) => void
  readonly empty: ReactNode
}

export function GatewaysTable({ list, mayWrite, onOpen, onRevoke, empty }: Props) {
  return (
    <DataTable
      label={t('title')}
      list={list}
      columns={columnsOf(newestOf(list.items), onOpen)}
      idOf={({ id }) => id}
      nameOf={({ name }) => name}
      onOpen={onOpen}
      pageSize={200}
      empty={empty}
      actions={(gateway) => (
        <Actions
          gateway={gateway}
          onOpen={() => onOpen(gateway)}
          {...(mayWrite ? { onRevoke: () => onRevoke(gateway) } : {})}
        />
      )}
    />
  )
}

export const GatewayState = ({ online }: Pick<GatewayView, 'online'>) => (
  <Status kind={online ? 'good' : 'bad'}>{t(online ? 'online' : 'offline')}</Status>
)

/** Text and no link: it is where programs call, and the gateway has said it itself. */
export const Address = ({ publicUrl }: Pick<GatewayView, 'publicUrl'>) =>
  publicUrl === null ? <Unknown /> : <Data>{publicUrl}</Data>

/** Whether it has everything that control has sent it, and if not, since when. */
export function Lag({ lagMs }: Pick<GatewayView, 'lagMs'>) {
  if (lagMs === null) return <Unknown />
  if (lagMs === 0) return <span>{t('inStep')}</span>
  return <Status kind="waiting">{t('lagging', { seconds: (lagMs / 1000).toFixed(1) })}</Status>
}

export const Unknown = () => (
  <Text size="sm" c="dimmed" component="span">
    {t('unknown')}
  </Text>
)

export function Position({ gateway, newest }: { readonly gateway: GatewayView; readonly newest: number | null }) {
  const behind = behindBy(gateway, newest)
  if (gateway.seq === null) return <Unknown />
  return (
    <div>
      <Count n={gateway.seq} />
      {behind > 0 && (
        <Text size="xs" c="dimmed">
          {t('behind', { n: behind })}
        </Text>
      )}
    </div>
  )
}

const columnsOf = (newest: number | null, onOpen: Props['onOpen']): Column<GatewayView>[] => [
  {
    id: 'name',
    label: t('name'),
    cell: (gateway) => (
      <div>
        <UnstyledButton className="link" fw={550} fz="sm" onClick={() => onOpen(gateway)}>
          <Data>{gateway.name}</Data>
        </UnstyledButton>
        <div>
          <Id>{gateway.id}</Id>
        </div>
      </div>
    ),
  },
  { id: 'state', label: t('state'), cell: GatewayState },
  {
    id: 'version',
    label: t('version'),
    cell: ({ version }) => (version === null ? <Unknown /> : <Data>{version}</Data>),
  },
  { id: 'address', label: t('address'), cell: Address },
  { id: 'lag', label: t('lag'), cell: Lag },
  {
    id: 'position',
    label: t('position'),
    hint: t('positionHint'),
    isNumber: true,
    cell: (gateway) => <Position gateway={gateway} newest={newest} />,
  },
  { id: 'contact', label: t('contact'), cell: ({ lastSeenAt }) => <Time at={lastSeenAt} /> },
  { id: 'since', label: t('since'), cell: ({ createdAt }) => <Time at={createdAt} /> },
]

type ActionProps = {
  readonly gateway: GatewayView
  readonly onOpen: () => void
  readonly onRevoke?: () => void
}
const Actions = ({ gateway: { name }, onOpen, onRevoke }: ActionProps) => (
  <RowMenu name={name}>
    <Menu.Item onClick={onOpen}>{t('details')}</Menu.Item>
    {onRevoke && (
      <Menu.Item color="red" onClick={onRevoke}>
        {t('revoke')}
      </Menu.Item>
    )}
  </RowMenu>
)
