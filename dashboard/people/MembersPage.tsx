import './people.css'
import { Button, Tabs } from '@mantine/core'
import { IconUserPlus } from '@tabler/icons-react'
import { useMay } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { later, laterPart } from '../ui/later.tsx'
import { Page } from '../ui/Page.tsx'
import { useUrl } from '../ui/useUrl.ts'
import { MemberList } from './members/MemberList.tsx'
import { texts } from './members/texts.data.ts'

const InvitationList = laterPart(() => import('./invitations/InvitationList.tsx').then((m) => m.InvitationList))
const InviteMember = later(() => import('./invitations/InviteMember.tsx').then((m) => m.InviteMember))

const t = translator(texts)

export function MembersPage() {
  const [search, set] = useUrl()
  const may = useMay()
  const mayInvite = may('invitations:write') === 'all'
  const invite = () => set({ do: 'invite' }, 'push')
  const tab = search['tab'] === 'invitations' ? 'invitations' : 'members'
  return (
    <Page
      title={t('title')}
      about={t('about')}
      actions={
        mayInvite && (
          <Button leftSection={<IconUserPlus size={16} />} onClick={invite}>
            {t('invite')}
          </Button>
        )
      }
    >
      <Tabs
        value={tab}
        onChange={(to) => set({ tab: to === 'invitations' ? to : undefined, state: undefined })}
        keepMounted={false}
      >
        {may('invitations:read') === 'all' && (
          <Tabs.List mb="sm">
            <Tabs.Tab value="members">{t('tabMembers')}</Tabs.Tab>
            <Tabs.Tab value="invitations">{t('tabInvitations')}</Tabs.Tab>
          </Tabs.List>
        )}
        <Tabs.Panel value="members">
          <MemberList {...(mayInvite ? { onInvite: invite } : {})} />
        </Tabs.Panel>
        <Tabs.Panel value="invitations">
          <InvitationList />
        </Tabs.Panel>
      </Tabs>
      {search['do'] === 'invite' && mayInvite && <InviteMember onClose={() => set({ do: undefined })} />}
    </Page>
  )
}
