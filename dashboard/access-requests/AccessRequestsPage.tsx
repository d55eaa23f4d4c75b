import { Button, Menu, UnstyledButton } from '@mantine/core'
import { IconEye, IconHandStop } from '@tabler/icons-react'
import type { AccessRequestView } from '../../src/access-requests/schema.ts'
import { useMay } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { Data, Time } from '../ui/Data.tsx'
import { type Column, DataTable } from '../ui/DataTable.tsx'
import { FilterSelect } from '../ui/FilterSelect.tsx'
import { Filters } from '../ui/Filters.tsx'
import { EmptyState, Page } from '../ui/Page.tsx'
import { RowMenu } from '../ui/RowMenu.tsx'
import { useList } from '../ui/useCalls.ts'
import { useUrl } from '../ui/useUrl.ts'
import { AskForAccess } from './AskForAccess.tsx'
import { askingFrom, noAsking } from './asking.ts'
import { RequestDialog } from './RequestDialog.tsx'
import { RequestState, targetOf, whatOf } from './RequestWords.tsx'
import { texts } from './texts.data.ts'
import { useDeciding } from './useDeciding.ts'

const t = translator(texts)

const states: readonly AccessRequestView['state'][] = ['open', 'approved', 'refused', 'withdrawn', 'ended']
type SetUrl = ReturnType<typeof useUrl>[1]

const columnsOf = (set: SetUrl): readonly Column<AccessRequestView>[] => [
  {
    id: 'what',
    label: t('what'),
    cell: (request) => (
      <UnstyledButton className="link" fz="sm" onClick={() => set({ request: request.id }, 'push')}>
        {whatOf(request)}
      </UnstyledButton>
    ),
  },
  { id: 'target', label: t('target'), cell: targetOf },
  { id: 'member', label: t('member'), cell: ({ member }) => <Data>{member.name}</Data> },
  { id: 'state', label: t('state'), cell: ({ state }) => <RequestState state={state} /> },
  { id: 'created', label: t('created'), cell: ({ createdAt }) => <Time at={createdAt} /> },
  {
    id: 'until',
    label: t('until'),
    cell: ({ state, kind, until }) =>
      state === 'approved' && kind !== 'budget' ? <Time at={until} missing={t('forGood')} /> : null,
  },
]

/** The inbox of those who decide; to anybody else, his own requests. */
export function AccessRequestsPage() {
  const [search, set] = useUrl()
  const may = useMay()
  const mayAsk = may('access-requests:write') !== 'none'
  const seesAll = may('access-requests:read') === 'all'
  const state = states.find((each) => each === search['state'])
  const member = seesAll && search['member'] === 'me' ? 'me' : undefined
  const list = useList<AccessRequestView>('/access-requests', { state, member })
  const askButton = mayAsk && (
    <Button leftSection={<IconHandStop size={16} />} onClick={() => set({ ask: '1' }, 'push')}>
      {t('ask')}
    </Button>
  )
  return (
    <Page title={t('title')} about={t('about')} actions={askButton}>
      <Filters>
        <FilterSelect
          name="state"
          label={t('state')}
          any={t('anyState')}
          options={states.map((value) => ({ value, label: t(value) }))}
        />
        {seesAll && (
          <FilterSelect
            name="member"
            label={t('member')}
            any={t('anybody')}
            options={[{ value: 'me', label: t('me') }]}
          />
        )}
      </Filters>
      <DataTable
        label={t('title')}
        columns={columnsOf(set)}
        list={list}
        idOf={({ id }) => id}
        nameOf={whatOf}
        onOpen={({ id }) => set({ request: id }, 'push')}
        isFiltered={state !== undefined || member !== undefined}
        onClearFilters={() => set({ state: '', member: '' })}
        empty={<EmptyState title={t('emptyTitle')} text={t('emptyText')} action={askButton} />}
        actions={(request) => <Actions request={request} set={set} />}
      />
      <Dialogs mayAsk={mayAsk} />
    </Page>
  )
}

function Actions({ request, set }: { readonly request: AccessRequestView; readonly set: SetUrl }) {
  const actions = useDeciding()(request)
  return (
    <RowMenu name={whatOf(request)}>
      <Menu.Item leftSection={<IconEye size={16} />} onClick={() => set({ request: request.id }, 'push')}>
        {t('show')}
      </Menu.Item>
      {actions.map((action) => (
        <Menu.Item key={action} onClick={() => set({ request: request.id, do: action }, 'push')}>
          {t(action)}
        </Menu.Item>
      ))}
    </RowMenu>
  )
}

function Dialogs({ mayAsk }: { readonly mayAsk: boolean }) {
  const [search, set] = useUrl()
  const request = search['request']
  if (mayAsk && search['ask'])
    return (
      <AskForAccess
        start={askingFrom(search)}
        onClose={() => set(noAsking)}
        onAsked={({ id }) => set({ ...noAsking, request: id })}
      />
    )
  if (!request) return null
  return (
    <RequestDialog
      key={request}
      requestId={request}
      action={search['do']}
      onAct={(action) => set({ do: action }, 'push')}
      onClose={() => set({ request: '', do: '' })}
    />
  )
}
