import './people.css'
import { Button, Menu } from '@mantine/core'
import { IconChevronDown } from '@tabler/icons-react'
import { useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import type { LeavingView } from '../../src/people/leaving/schema.ts'
import type { MemberView } from '../../src/people/schema.ts'
import { useMay } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { AbsentPage, GonePage, isGone } from '../ui/AbsentPage.tsx'
import { Data } from '../ui/Data.tsx'
import { later } from '../ui/later.tsx'
import { Page } from '../ui/Page.tsx'
import { Section } from '../ui/Section.tsx'
import { useOne } from '../ui/useCalls.ts'
import { useUrl } from '../ui/useUrl.ts'
import { OwnedThings } from './leaving/OwnedThings.tsx'
import { MemberItems, type MemberVerb } from './members/MemberMenu.tsx'
import { MemberFacts, MemberOwns, MemberSessions, MemberTeams } from './members/MemberSections.tsx'
import { texts } from './members/texts.data.ts'

const HandOn = later(() => import('./leaving/HandOn.tsx').then((m) => m.HandOn))
const MemberDialog = later(() => import('./members/MemberDialog.tsx').then((m) => m.MemberDialog))

const t = translator(texts)

export function MemberPage() {
  const { member: id = '' }: { readonly member?: string } = useParams({ strict: false })
  const { data, error, retry } = useOne<{ member: MemberView }>(`/members/${id}`)
  if (isGone(error)) return <GoneMember id={id} />
  if (error || !data) return <AbsentPage title={t('member')} error={error} retry={retry} gone={gone} />
  return <Shown member={data.member} />
}

const gone = { title: t('gone'), text: t('goneText'), list: '/people/members', toList: t('toMembers') }

function Shown({ member }: { readonly member: MemberView }) {
  const [verb, setVerb] = useState<MemberVerb | null>(null)
  const go = useNavigate()
  return (
    <Page
      title={<Data>{member.name}</Data>}
      name={member.name}
      about={t('memberAbout')}
      actions={<VerbMenu member={member} onVerb={setVerb} />}
    >
      <MemberFacts member={member} />
      <MemberTeams member={member} />
      <MemberOwns member={member} />
      <MemberSessions member={member} />
      {verb && (
        <MemberDialog
          member={member}
          verb={verb}
          onClose={() => setVerb(null)}
          onRemoved={() => void go({ to: '/people/members' })}
        />
      )}
    </Page>
  )
}

type VerbMenuProps = { readonly member: MemberView; readonly onVerb: (verb: MemberVerb) => void }
const VerbMenu = ({ member, onVerb }: VerbMenuProps) => (
  <Menu position="bottom-end" shadow="md" width={260}>
    <Menu.Target>
      <Button variant="default" rightSection={<IconChevronDown size={16} />}>
        {t('actions')}
      </Button>
    </Menu.Target>
    <Menu.Dropdown>
      <MemberItems member={member} onVerb={onVerb} />
    </Menu.Dropdown>
  </Menu>
)

/** Of somebody who was removed there is no more than what is left to be handed on. */
function GoneMember({ id }: { readonly id: string }) {
  const { data } = useOne<LeavingView>(`/members/${id}/leaving`)
  const [search, set] = useUrl()
  const may = useMay()
  const mayHandOn = may('members:write') === 'all'
  if (!data) return <GonePage {...gone} />
  return (
    <Page title={<Data>{data.member.name}</Data>} name={data.member.name} about={t('removedAbout')}>
      <Section title={t('owns')}>
        <OwnedThings leaving={data} {...(mayHandOn ? { onHandOn: () => set({ do: 'hand-on' }, 'push') } : {})} />
      </Section>
      {search['do'] === 'hand-on' && mayHandOn && <HandOn leaving={data} onClose={() => set({ do: undefined })} />}
    </Page>
  )
}
