import { Anchor, Badge, Button, Group, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useSession } from '../session/session.tsx'
import { signOut } from '../session/signOut.ts'
import { translator } from '../texts.ts'
import { Data } from '../ui/Data.tsx'
import { Facts } from '../ui/Facts.tsx'
import { ErrorNote } from '../ui/ProblemNote.tsx'
import { Section } from '../ui/Section.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

export function WhoIAm() {
  const { session, me } = useSession()
  const { member, organization, others } = session
  return (
    <Section title={t('who')} actions={<SignOutButtons hasOthers={others.length > 0} />}>
      <Facts
        of={[
          [t('name'), <Data key="name">{member.name}</Data>],
          [t('email'), <Data key="email">{member.email}</Data>],
          [t('organization'), <Data key="organization">{organization.name}</Data>],
          [
            t('role'),
            <Group key="role" gap="xs">
              <Badge>{t(member.role)}</Badge>
              {me?.operator && <Badge color="violet">{t('operator')}</Badge>}
            </Group>,
          ],
        ]}
      />
      {others.length > 0 && (
        <Text size="sm" c="dimmed">
          {t('alsoIn', { names: others.map(({ name }) => name).join(', ') })}
        </Text>
      )}
      <Group gap="md">
        <Anchor component={Link} to="/configuration/api-keys" {...{ search: { owner: 'me' } as never }} size="sm">
          {t('myKeys')}
        </Anchor>
        <Anchor component={Link} to="/people/roles" size="sm">
          {t('myRights')}
        </Anchor>
        <Anchor component={Link} to="/inbox" size="sm">
          {t('noticePreferences')}
        </Anchor>
      </Group>
    </Section>
  )
}

function SignOutButtons({ hasOthers }: { readonly hasOthers: boolean }) {
  const [error, setError] = useState<Error | null>(null)
  const leave = (isEverywhere: boolean) =>
    signOut({ isEverywhere }).catch((failed: unknown) => setError(failed instanceof Error ? failed : null))
  return (
    <>
      <ErrorNote error={error} />
      {hasOthers && (
        <Button variant="default" size="xs" onClick={() => void leave(true)}>
          {t('signOutEverywhere')}
        </Button>
      )}
      <Button variant="default" size="xs" onClick={() => void leave(false)}>
        {t('signOut')}
      </Button>
    </>
  )
}
