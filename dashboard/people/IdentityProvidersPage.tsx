import './people.css'
import { Button, Menu, UnstyledButton } from '@mantine/core'
import { useState } from 'react'
import type { IdentityProviderView } from '../../src/people/identity-providers/schema.ts'
import { useMay } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { AddButton } from '../ui/AddButton.tsx'
import { Data, Status, Time } from '../ui/Data.tsx'
import { type Column, DataTable } from '../ui/DataTable.tsx'
import { EmptyState, Page } from '../ui/Page.tsx'
import { RowMenu } from '../ui/RowMenu.tsx'
import { useList } from '../ui/useCalls.ts'
import { useUrl } from '../ui/useUrl.ts'
import { AddProvider } from './sign-on/AddProvider.tsx'
import { DeleteProvider } from './sign-on/DeleteProvider.tsx'
import { EditProvider } from './sign-on/EditProvider.tsx'
import { ProviderDialog, type ProviderVerb } from './sign-on/ProviderDialog.tsx'
import { TestProvider } from './sign-on/TestProvider.tsx'
import { texts } from './sign-on/texts.data.ts'

const t = translator(texts)

const dialogs = { test: TestProvider, edit: EditProvider, delete: DeleteProvider } as const
type Open = { readonly provider: IdentityProviderView; readonly verb: ProviderVerb }

export function IdentityProvidersPage() {
  const [search, set] = useUrl()
  const may = useMay()
  const mayWrite = may('identity-providers:write') === 'all'
  const [open, setOpen] = useState<Open | null>(null)
  const add = () => set({ do: 'add' }, 'push')
  const begin = (verb: ProviderVerb, provider: IdentityProviderView) => {
    set({ provider: undefined })
    setOpen({ provider, verb })
  }
  const Chosen = open && dialogs[open.verb]
  return (
    <Page title={t('title')} about={t('about')} actions={mayWrite && <AddButton onClick={add}>{t('add')}</AddButton>}>
      <ProviderList
        onOpen={({ id }) => set({ provider: id }, 'push')}
        {...(mayWrite ? { onAdd: add, onVerb: begin } : {})}
      />
      {search['provider'] && (
        <ProviderDialog
          id={search['provider']}
          onClose={() => set({ provider: undefined })}
          {...(mayWrite ? { onVerb: begin } : {})}
        />
      )}
      {search['do'] === 'add' && mayWrite && <AddProvider onClose={() => set({ do: undefined })} />}
      {Chosen && <Chosen provider={open.provider} onClose={() => setOpen(null)} />}
    </Page>
  )
}

type ListProps = {
  readonly onOpen: (provider: IdentityProviderView) => void
  readonly onAdd?: () => void
  readonly onVerb?: (verb: ProviderVerb, provider: IdentityProviderView) => void
}

const columnsOf = (onOpen: ListProps['onOpen']): readonly Column<IdentityProviderView>[] => [
  {
    id: 'name',
    label: t('name'),
    cell: (provider) => (
      <UnstyledButton className="link" onClick={() => onOpen(provider)}>
        <Data>{provider.name}</Data>
      </UnstyledButton>
    ),
  },
  { id: 'issuer', label: t('issuer'), cell: ({ issuer }) => <Data>{issuer}</Data> },
  { id: 'domains', label: t('domains'), cell: ({ domains }) => <Data>{domains.join(', ')}</Data> },
  { id: 'who', label: t('provisioning'), cell: ({ provisioning }) => t(provisioning) },
  {
    id: 'state',
    label: t('state'),
    cell: ({ state }) => <Status kind={state === 'active' ? 'good' : 'over'}>{t(state)}</Status>,
  },
  { id: 'created', label: t('created'), cell: ({ createdAt }) => <Time at={createdAt} /> },
]

function ProviderList({ onOpen, onAdd, onVerb }: ListProps) {
  const list = useList<IdentityProviderView>('/identity-providers', { limit: 50 })
  const menuOf = (provider: IdentityProviderView) => (
    <RowMenu name={provider.name}>
      <Menu.Item onClick={() => onVerb?.('test', provider)}>{t('test')}</Menu.Item>
      <Menu.Item onClick={() => onVerb?.('edit', provider)}>{t('edit')}</Menu.Item>
      <Menu.Item color="red" onClick={() => onVerb?.('delete', provider)}>
        {t('delete')}
      </Menu.Item>
    </RowMenu>
  )
  return (
    <DataTable
      label={t('title')}
      columns={columnsOf(onOpen)}
      list={list}
      idOf={({ id }) => id}
      nameOf={({ name }) => name}
      onOpen={onOpen}
      empty={
        <EmptyState
          title={t('none')}
          text={onAdd ? t('noneText') : t('noneReadText')}
          action={onAdd && <Button onClick={onAdd}>{t('add')}</Button>}
        />
      }
      {...(onVerb ? { actions: menuOf } : {})}
    />
  )
}
