import { Menu, UnstyledButton } from '@mantine/core'
import { IconBan, IconEye } from '@tabler/icons-react'
import type { ManagementTokenView } from '../../src/people/schema.ts'
import { useMay } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { AddButton } from '../ui/AddButton.tsx'
import { Data, Id, Time } from '../ui/Data.tsx'
import { type Column, DataTable } from '../ui/DataTable.tsx'
import { EmptyState, Page } from '../ui/Page.tsx'
import { RowMenu } from '../ui/RowMenu.tsx'
import { useList } from '../ui/useCalls.ts'
import { useNames } from '../ui/useNames.ts'
import { useUrl } from '../ui/useUrl.ts'
import { CreateToken } from './tokens/CreateToken.tsx'
import { RevokeToken } from './tokens/RevokeToken.tsx'
import { TokenDialog } from './tokens/TokenDialog.tsx'
import { TokenState } from './tokens/TokenState.tsx'
import { texts } from './tokens/texts.data.ts'
import { statusOf } from './tokens/tokenStatus.ts'

const t = translator(texts)

type Token = ManagementTokenView
type SetUrl = ReturnType<typeof useUrl>[1]

const columnsOf = (set: SetUrl, memberName: (id: string) => string): readonly Column<Token>[] => [
  {
    id: 'name',
    label: t('name'),
    cell: ({ id, name }) => (
      <UnstyledButton className="link" fz="sm" onClick={() => set({ token: id }, 'push')}>
        <Data>{name}</Data>
      </UnstyledButton>
    ),
  },
  { id: 'status', label: t('status'), cell: (token) => <TokenState token={token} /> },
  { id: 'member', label: t('member'), cell: ({ member }) => <Data>{memberName(member)}</Data> },
  {
    id: 'scopes',
    label: t('scopes'),
    cell: ({ scopes }) => (scopes.includes('*') ? t('everything') : t('scopesCount', { n: scopes.length })),
  },
  { id: 'preview', label: t('preview'), cell: ({ preview }) => <Id>{preview}</Id> },
  { id: 'used', label: t('lastUsed'), cell: ({ lastUsedAt }) => <Time at={lastUsedAt} /> },
  { id: 'expires', label: t('expires'), cell: ({ expiresAt }) => <Time at={expiresAt} /> },
  { id: 'created', label: t('created'), cell: ({ createdAt }) => <Time at={createdAt} /> },
]

export function TokensPage() {
  const [, set] = useUrl()
  const mayWrite = useMay()('management-tokens:write') !== 'none'
  const members = useNames('/members')
  const list = useList<Token>('/management-tokens')
  const create = mayWrite && <AddButton onClick={() => set({ new: '1' }, 'push')}>{t('create')}</AddButton>
  return (
    <Page title={t('title')} about={t('about')} actions={create}>
      <DataTable
        label={t('title')}
        columns={columnsOf(set, members.nameOf)}
        list={list}
        idOf={({ id }) => id}
        nameOf={({ name }) => name}
        onOpen={({ id }) => set({ token: id }, 'push')}
        empty={<EmptyState title={t('emptyTitle')} text={t('emptyText')} action={create} />}
        actions={(token) => <Actions token={token} set={set} mayWrite={mayWrite} />}
      />
      <Dialogs tokens={list.items} mayWrite={mayWrite} />
    </Page>
  )
}

type ActionsProps = { readonly token: Token; readonly set: SetUrl; readonly mayWrite: boolean }
const Actions = ({ token, set, mayWrite }: ActionsProps) => (
  <RowMenu name={token.name}>
    <Menu.Item leftSection={<IconEye size={16} />} onClick={() => set({ token: token.id }, 'push')}>
      {t('show')}
    </Menu.Item>
    {mayWrite && statusOf(token, Date.now()) === 'active' && (
      <Menu.Item color="red" leftSection={<IconBan size={16} />} onClick={() => set({ revoke: token.id }, 'push')}>
        {t('revoke')}
      </Menu.Item>
    )}
  </RowMenu>
)

function Dialogs({ tokens, mayWrite }: { readonly tokens: readonly Token[]; readonly mayWrite: boolean }) {
  const [search, set] = useUrl()
  const close = () => set({ new: '', token: '', revoke: '' })
  const doomed = tokens.find(({ id }) => id === search['revoke'])
  if (mayWrite && search['new']) return <CreateToken onClose={close} />
  if (mayWrite && doomed) return <RevokeToken token={doomed} onClose={close} />
  const shown = search['token']
  return shown ? (
    <TokenDialog tokenId={shown} onClose={close} onRevoke={() => set({ token: '', revoke: shown })} />
  ) : null
}
