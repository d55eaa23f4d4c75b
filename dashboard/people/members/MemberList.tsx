import { Anchor, Badge, Button, Group, Stack } from '@mantine/core'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { MemberStatus, MemberView } from '../../../src/people/schema.ts'
import { useSession } from '../../session/session.tsx'
import { translator } from '../../texts.ts'
import { Data, Time } from '../../ui/Data.tsx'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { FilterSelect } from '../../ui/FilterSelect.tsx'
import { Filters } from '../../ui/Filters.tsx'
import { later } from '../../ui/later.tsx'
import { EmptyState } from '../../ui/Page.tsx'
import { RowMenu } from '../../ui/RowMenu.tsx'
import { SearchFilter } from '../../ui/SearchField.tsx'
import { useList } from '../../ui/useCalls.ts'
import { useUrl } from '../../ui/useUrl.ts'
import { roles } from '../roles.ts'
import { MemberStanding, RoleBadges } from './MemberBadges.tsx'
import { MemberItems, type MemberVerb } from './MemberMenu.tsx'
import { texts } from './texts.data.ts'

const MemberDialog = later(() => import('./MemberDialog.tsx').then((m) => m.MemberDialog))

const t = translator(texts)
const statuses: readonly MemberStatus[] = ['active', 'invited', 'deactivated']

const columns: readonly Column<MemberView>[] = [
  { id: 'name', label: t('name'), cell: (member) => <MemberLink member={member} /> },
  { id: 'email', label: t('email'), cell: ({ email }) => <Data>{email}</Data> },
  { id: 'role', label: t('role'), cell: (member) => <RoleBadges member={member} /> },
  { id: 'status', label: t('status'), cell: ({ status }) => <MemberStanding status={status} /> },
  { id: 'last', label: t('lastSignIn'), cell: ({ lastSignInAt }) => <Time at={lastSignInAt} /> },
  { id: 'created', label: t('created'), cell: ({ createdAt }) => <Time at={createdAt} /> },
]

function MemberLink({ member }: { readonly member: MemberView }) {
  const { session } = useSession()
  return (
    <Group gap="xs">
      <Anchor component={Link} to={`/people/members/${member.id}`} fw={550} inherit>
        <Data>{member.name}</Data>
      </Anchor>
      {member.id === session.member.id && <Badge color="gray">{t('you')}</Badge>}
    </Group>
  )
}

export function MemberList({ onInvite }: { readonly onInvite?: () => void }) {
  const [search, set] = useUrl()
  const go = useNavigate()
  const filters = { search: search['search'], role: search['role'], status: search['status'] }
  const list = useList<MemberView>('/members', { ...filters, limit: 50 })
  // Up here and not in the row, which may go out of the list by what its dialog does.
  const [open, setOpen] = useState<{ readonly member: MemberView; readonly verb: MemberVerb } | null>(null)
  const shown = list.items.find(({ id }) => id === open?.member.id) ?? open?.member
  return (
    <Stack gap="sm">
      <MemberFilters />
      <DataTable
        label={t('title')}
        columns={columns}
        list={list}
        idOf={({ id }) => id}
        nameOf={({ name }) => name}
        onOpen={({ id }) => void go({ to: `/people/members/${id}` })}
        actions={(member) => (
          <RowMenu name={member.name}>
            <MemberItems member={member} onVerb={(verb) => setOpen({ member, verb })} />
          </RowMenu>
        )}
        isFiltered={Object.values(filters).some(Boolean)}
        onClearFilters={() => set({ search: undefined, role: undefined, status: undefined })}
        empty={
          <EmptyState
            title={t('noMembers')}
            text={t('noMembersText')}
            action={onInvite && <Button onClick={onInvite}>{t('invite')}</Button>}
          />
        }
      />
      {open && shown && <MemberDialog member={shown} verb={open.verb} onClose={() => setOpen(null)} />}
    </Stack>
  )
}

function MemberFilters() {
  return (
    <Filters>
      <SearchFilter label={t('search')} />
      <FilterSelect
        name="role"
        label={t('role')}
        any={t('anyRole')}
        options={roles.map((value) => ({ value, label: t(value) }))}
      />
      <FilterSelect
        name="status"
        label={t('status')}
        any={t('anyStatus')}
        options={statuses.map((value) => ({ value, label: t(value) }))}
      />
    </Filters>
  )
}
