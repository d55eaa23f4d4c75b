import { Anchor, Group, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { LeavingView } from '../../../src/people/leaving/schema.ts'
import type { MemberView, TeamView } from '../../../src/people/schema.ts'
import type { SessionView } from '../../../src/people/sessions/schema.ts'
import { SessionTable } from '../../account/SessionTable.tsx'
import { useMay, useSession } from '../../session/session.tsx'
import { translator } from '../../texts.ts'
import { Data, Id, Time } from '../../ui/Data.tsx'
import { Facts } from '../../ui/Facts.tsx'
import { later } from '../../ui/later.tsx'
import { Loading } from '../../ui/Page.tsx'
import { ErrorNote } from '../../ui/ProblemNote.tsx'
import { Section } from '../../ui/Section.tsx'
import { useList, useOne } from '../../ui/useCalls.ts'
import { useUrl } from '../../ui/useUrl.ts'
import { OwnedThings } from '../leaving/OwnedThings.tsx'
import { MemberStanding, RoleBadges } from './MemberBadges.tsx'
import { texts } from './texts.data.ts'
import { useMayActOn } from './useMayActOn.ts'

const HandOn = later(() => import('../leaving/HandOn.tsx').then((m) => m.HandOn))
const t = translator(texts)

type Props = { readonly member: MemberView }

export const MemberFacts = ({ member }: Props) => (
  <Section title={t('facts')}>
    <Facts
      of={[
        [t('status'), <MemberStanding key="status" status={member.status} />],
        [t('role'), <RoleBadges key="role" member={member} />],
        [t('email'), <Data key="email">{member.email}</Data>],
        [t('lastSignIn'), <Time key="last" at={member.lastSignInAt} />],
        [t('created'), <Time key="created" at={member.createdAt} />],
        member.deactivatedAt === null ? null : [t('deactivatedAt'), <Time key="out" at={member.deactivatedAt} />],
        [t('id'), <Id key="id">{member.id}</Id>],
      ]}
    />
    <Group>
      <Anchor component={Link} to="/configuration/api-keys" {...{ search: { owner: member.id } as never }} size="sm">
        {t('keysOf')}
      </Anchor>
    </Group>
  </Section>
)

export function MemberTeams({ member }: Props) {
  const { items, isLoading, error, retry } = useList<TeamView>('/teams', { limit: 200 })
  const own = items.filter(({ members }) => members.includes(member.id))
  return (
    <Section title={t('teams')}>
      <ErrorNote error={error} onRetry={() => void retry()} />
      {isLoading && <Loading lines={1} />}
      {!isLoading && !error && own.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('noTeams')}
        </Text>
      )}
      <Group gap="md">
        {own.map(({ id, name }) => (
          <Anchor key={id} component={Link} to="/people/teams" {...{ search: { team: id } as never }} size="sm">
            <Data>{name}</Data>
          </Anchor>
        ))}
      </Group>
    </Section>
  )
}

export function MemberSessions({ member }: Props) {
  const list = useList<SessionView>('/sessions', { member: member.id, limit: 50 })
  const may = useMay()
  const { session } = useSession()
  const mayEnd = may('sessions:write') === 'all' || member.id === session.member.id
  return (
    <Section title={t('sessions')}>
      <SessionTable list={list} mayEnd={mayEnd} />
    </Section>
  )
}

/** Open for handing on at `?do=hand-on`. */
export function MemberOwns({ member }: Props) {
  const { data, error, retry } = useOne<LeavingView>(`/members/${member.id}/leaving`)
  const [search, set] = useUrl()
  const mayHandOn = useMayActOn()(member)
  const isOpen = search['do'] === 'hand-on' && mayHandOn && data && data.member.state !== 'active'
  return (
    <Section title={t('owns')}>
      <ErrorNote error={error} onRetry={() => void retry()} />
      {!data && !error && <Loading lines={2} />}
      {data && (
        <OwnedThings leaving={data} {...(mayHandOn ? { onHandOn: () => set({ do: 'hand-on' }, 'push') } : {})} />
      )}
      {isOpen && <HandOn leaving={data} onClose={() => set({ do: undefined })} />}
    </Section>
  )
}
